import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { startAgent } from '../../agent/agent.ts'
import { enrolHome, layout, openHome } from '../../agent/home.ts'
import { readRecords } from '../../agent/records.ts'
import type { Clock } from '../../src/clock.ts'
import { decodeBody } from '../../src/documents/body.ts'
import { encodeEnrolment } from '../../src/documents/enrolment.ts'
import { decodeEnvelope, documentId } from '../../src/documents/envelope.ts'
import { kindOf, read } from '../../src/documents/read.ts'
import type { Mesh } from '../../src/mesh/mesh.ts'
import { createMesh } from '../../src/mesh/node.ts'
import type { Parcel, PutReply, SyncPort } from '../../src/mesh/sync/ports.ts'
import { file } from '../../src/modules/file.ts'
import { type Identity, makeIdentity } from '../../src/trust/identity.ts'
import { consoleCard, judgeCard, judgeCardWhole, nodeCard } from '../../src/trust/membership.ts'
import { makeReceipt } from '../../src/trust/receipt.ts'
import { openAnswer, openFacts } from '../../src/trust/seal.ts'
import { verifyHeader } from '../../src/trust/verify-machine.ts'
import { NO_SETTINGS } from '../support/host.ts'
import { AGENT_LAUNCHER } from '../support/launchers.ts'
import { eventually, testPort } from '../support/members.ts'
import { makeTestMesh, NOW, type TestMesh, testClock } from '../support/mesh.ts'

/** Children are started from our own program: the tests' own file is none. */
const argv1 = process.argv[1]
before(() => {
  process.argv[1] = AGENT_LAUNCHER
})
after(() => {
  process.argv[1] = argv1!
})

const log = () => undefined

/** The wait for a node that tells how far the chain is would be ten seconds where there is none. */
const hasty: Clock = {
  ...testClock,
  sleep: (ms, signal, idle) => testClock.sleep(ms === 10_000 ? 500 : ms, signal, idle)
}

/** A node that keeps what it is put, and serves what a test gives it. */
class Hub {
  readonly puts: Parcel[] = []
  readonly open = new Map<string, Uint8Array>()
  charters: Uint8Array[] = []
  mesh!: Mesh
  readonly #of: TestMesh
  readonly #identity: Identity

  constructor(of: TestMesh, identity: Identity) {
    this.#of = of
    this.#identity = identity
  }

  async start(listen = '/ip4/127.0.0.1/tcp/0'): Promise<string> {
    const { chain } = this.#of
    this.mesh = await createMesh(
      { role: 'node', seed: this.#identity.seed, mesh: chain.mesh, listen: [listen], tags: [] },
      {
        card: nodeCard,
        judge: async (card, peer) => (await judgeCardWhole(card, peer, chain, NOW)).member,
        judgeGossip: async () => 'accept',
        hubs: () => new Map(),
        port: this.#port(),
        log
      },
      testClock
    )
    return this.mesh.addresses()[0]!
  }

  #port(): SyncPort {
    const own = new Map<string, Parcel>()
    let head: { seq: number; id: string; actions: string[] } | undefined
    return testPort({
      charters: async (_, above) => this.charters.slice(Math.max(0, above - 1)),
      open: async (_, __, have) => ({
        missing: [...this.open.keys()].filter(id => !have.includes(id)),
        cancels: []
      }),
      want: async (_, id) =>
        own.get(id) ?? (this.open.has(id) ? { envelope: this.open.get(id)! } : undefined),
      head: async () => head,
      put: async (_, parcel): Promise<PutReply> => {
        const { bytes } = decodeEnvelope(parcel.envelope)
        const id = documentId(bytes)
        const kind = kindOf(bytes)
        if (kind === 'gumshoe/answer/1') {
          const { seq, action } = read(bytes, kind)
          if (!this.open.has(action)) return { refused: 'not-found', message: 'which action?' }
          own.set(id, parcel)
          head = { seq, id, actions: [...(head?.actions ?? []), action] }
        }
        if (kind === 'gumshoe/action/1') this.open.set(id, parcel.envelope)
        this.puts.push(parcel)
        return { receipt: this.#receipt(id) }
      }
    })
  }

  #receipt(id: string): Uint8Array {
    return makeReceipt(this.#identity, this.#of.mesh, id, NOW)
  }

  of(kind: string): Parcel[] {
    return this.puts.filter(({ envelope }) => kindOf(decodeEnvelope(envelope).bytes) === kind)
  }
}

/** A mesh of one node, whose charter names where it listens, and a host with a file to find. */
const stage = async (t: TestContext) => {
  const mesh = await makeTestMesh({ nodes: ['only'] })
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-agent-'))
  const hub = new Hub(mesh, mesh.nodes[0]!)
  const address = await hub.start()
  // Hooks run in the order in which they were made: what runs ends before its directory goes.
  const closing: (() => Promise<void>)[] = [() => hub.mesh.stop()]
  t.after(async () => {
    for (const close of closing.reverse()) await close()
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  })
  await mesh.advance({ nodes: [{ name: 'only', peer: hub.mesh.peer, addresses: [address] }] })
  const root = join(directory, 'root')
  mkdirSync(join(root, 'etc'), { recursive: true })
  writeFileSync(join(root, 'etc/machine-id'), '1f'.repeat(16))
  writeFileSync(join(root, 'etc/hostname'), 'web-01')
  writeFileSync(join(root, 'etc/odd-name'), 'text')
  const home = join(directory, 'home')
  const enrolment = makeIdentity()
  const grant = await mesh.signGrant(enrolment)
  const enrol = join(directory, 'enrol')
  writeFileSync(
    enrol,
    encodeEnrolment({ charters: [...mesh.chain.envelopes(0)], grant, seed: enrolment.seed })
  )
  await enrolHome(home, enrol, root, NOW)
  const start = async (settings = NO_SETTINGS) => {
    const { agent, chain } = await openHome(home, root, NOW)
    const running = await startAgent({
      home,
      root,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      announce: [],
      agent,
      chain,
      settings,
      fence: 'none',
      clock: hasty,
      log
    })
    let ended: Promise<void> | undefined
    const stop = () => (ended ??= running.stop())
    closing.push(stop)
    return { ...running, stop }
  }
  const ask = () => {
    const params = file.fromFlags({ path: ['/etc'], name: ['odd'] }, NOW) as Record<string, unknown>
    return mesh.signAction({ operations: [{ id: 'o1', module: 'file/1', params }] }, 'julien')
  }
  const events = () => readRecords(layout(home).records)
  return { mesh, hub, address, start, ask, events, closing }
}

const bodyOf = (mesh: TestMesh, { envelope, body }: Parcel) => {
  const { document } = verifyHeader(envelope, mesh.mesh)
  return decodeBody(openAnswer(mesh.inventory.privateKey, document, body!))
}

test('on a kernel without Landlock an agent refuses what its owner wants held tightly, and tells so before', async t => {
  const { mesh, hub, start, ask, events } = await stage(t)
  const { raw, id } = await ask()
  hub.open.set(id, raw)
  await start({ ...NO_SETTINGS, fenceAtLeast: { inspect: 'full' } })
  await eventually('it has answered', () => hub.of('gumshoe/answer/1').length === 1)
  const body = bodyOf(mesh, hub.of('gumshoe/answer/1')[0]!)
  assert.deepEqual([body.state, body.code, body.rows.length], ['refused', 'fence', 0])
  assert.deepEqual(
    events().flatMap(event => (event.what === 'refused' ? [[event.action, event.code]] : [])),
    [[id, 'fence']]
  )
  const document = read(decodeEnvelope(hub.of('gumshoe/presence/1')[0]!.envelope).bytes, 'gumshoe/presence/1')
  const facts = openFacts(mesh.inventory.privateKey, document, document.facts)
  assert.ok(!Buffer.from(facts).includes('file/1'))
  assert.ok(Buffer.from(facts).includes('memory/1'))
})

test('an agent tells that it is there, catches up, answers sealed, and after a restart runs nothing twice', async t => {
  const { mesh, hub, start, ask, events } = await stage(t)
  const { raw, id } = await ask()
  hub.open.set(id, raw)
  const first = await start()
  await eventually('it has answered', () => hub.of('gumshoe/answer/1').length === 1)
  await eventually('the ledger says that it is out', () => events().some(({ what }) => what === 'delivered'))
  const [presence] = hub.of('gumshoe/presence/1')
  const { document } = { document: read(decodeEnvelope(presence!.envelope).bytes, 'gumshoe/presence/1') }
  assert.equal(document.state, 'up')
  const facts = openFacts(mesh.inventory.privateKey, document, document.facts)
  assert.ok(Buffer.from(facts).includes('web-01'))
  assert.ok(!Buffer.from(presence!.envelope).includes('web-01'))
  const body = bodyOf(mesh, hub.of('gumshoe/answer/1')[0]!)
  assert.deepEqual([body.state, body.verdict, body.rows.length], ['done', 'yes', 1])
  await first.stop()
  const last = hub.of('gumshoe/presence/1').at(-1)!
  assert.equal(read(decodeEnvelope(last.envelope).bytes, 'gumshoe/presence/1').state, 'leaving')

  await start()
  const next = await ask()
  hub.open.set(next.id, next.raw)
  await hub.mesh.publish('all', next.raw)
  await eventually('it has answered the next', () => hub.of('gumshoe/answer/1').length === 2, 15_000)
  const headers = hub.of('gumshoe/answer/1').map(({ envelope }) => verifyHeader(envelope, mesh.mesh))
  assert.deepEqual(
    headers.map(({ document: { seq, action } }) => [seq, action]),
    [
      [1, id],
      [2, next.id]
    ]
  )
  assert.equal(headers[1]!.document.prev, headers[0]!.id)
  assert.deepEqual(
    events().flatMap(event => (event.what === 'run' ? [event.action] : [])),
    [id, next.id]
  )
})

test('with no node there a console is answered over the connection that it opened; the nodes get it all later', async t => {
  const { mesh, hub, address, start, ask, closing } = await stage(t)
  const before = await start()
  await eventually('a node has admitted it', () => hub.of('gumshoe/membership/1').length === 1)
  await eventually('it is there', () => hub.of('gumshoe/presence/1').length > 0)
  await before.stop()
  await hub.mesh.stop()
  const running = await start()
  const identity = makeIdentity()
  const voucher = await mesh.signVoucher(identity.peer, 'julien')
  const answers: Parcel[] = []
  const console_ = await createMesh(
    { role: 'console', seed: identity.seed, mesh: mesh.mesh, listen: [], tags: [] },
    {
      card: () => consoleCard(voucher),
      judge: (card, peer) => judgeCard(card, peer, mesh.chain, NOW),
      judgeGossip: async () => 'ignore',
      hubs: () => new Map(),
      port: testPort({
        put: async (_, parcel) => {
          answers.push(parcel)
          return { receipt: new Uint8Array() }
        }
      }),
      log
    },
    testClock
  )
  closing.push(() => console_.stop())
  const { peer } = await console_.dial(running.mesh.addresses()[0]!)
  const { raw } = await ask()
  const client = await console_.client(peer)
  // Nothing is taken before the agent has waited for a node to say how far its chain is.
  assert.ok('receipt' in (await client.put({ envelope: raw })))
  await eventually('the console has the answer', () => answers.length === 1, 20_000)
  assert.equal(bodyOf(mesh, answers[0]!).verdict, 'yes')

  await hub.start(address.replace(/\/p2p\/.*$/, ''))
  await eventually('the node has the answer', () => hub.of('gumshoe/answer/1').length === 1, 20_000)
  assert.deepEqual(hub.of('gumshoe/action/1')[0]?.envelope, raw)
})

test('a host that its charter revokes says so and ends', async t => {
  const { mesh, hub, start } = await stage(t)
  const running = await start()
  await eventually('it is there', () => hub.of('gumshoe/presence/1').length > 0)
  const next = await mesh.nextCharter(mesh.revoked('peers', running.mesh.peer))
  const reply = await (await hub.mesh.client(running.mesh.peer)).put({ envelope: next })
  assert.ok('receipt' in reply)
  assert.equal((await running.ended).code, 'revoked')
})
