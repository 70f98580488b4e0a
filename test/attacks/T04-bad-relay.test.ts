import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { chainOf } from '../../console/answers/chain-of.ts'
import { type OpenCase, openCase } from '../../console/answers/standing.ts'
import type { Connected } from '../../console/connect.ts'
import { History } from '../../console/history.ts'
import { resultOf } from '../../console/views/result.ts'
import { summaryLines } from '../../console/views/result-screen.ts'
import { decodeEnvelope, documentId, encodeEnvelope } from '../../src/documents/envelope.ts'
import type { Caller, FeedItem, PutReply, SyncPort } from '../../src/mesh/sync/ports.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { Lab, type LabHost } from '../support/lab.ts'
import { eventually } from '../support/members.ts'
import { NOW, signedByMachine } from '../support/mesh.ts'

/**
 * T4. One of two bootstrap nodes is evil: it drops, keeps silent, gives false receipts, plays back old charters, swaps,
 * alters, reorders and hides what it passes on. Expected: everything comes through the honest one, what does not hold is
 * discarded and told, an answer waits at its host until two nodes have truly acknowledged it, a charter never goes back.
 */

const FLAGS = { path: ['/srv'], name: ['^odd$'] }
const FILES = { 'srv/odd': 'x' }

/** A port that a test bends while it serves; whatever is not bent goes through. */
class Bent {
  put: ((caller: Caller, honest: () => Promise<PutReply>, id: string) => Promise<PutReply>) | undefined
  hello: SyncPort['hello'] | undefined
  charters: SyncPort['charters'] | undefined
  head: SyncPort['head'] | undefined
  /** Changes what consoles are told of answers: all that there is up to now, and then each that comes. */
  answers: ((items: FeedItem[]) => FeedItem[] | Promise<FeedItem[]>) | undefined

  readonly wrap = (port: SyncPort): SyncPort => {
    const follow = this.#follow.bind(this, port)
    return {
      ...port,
      hello: () => (this.hello ?? port.hello)(),
      put: (caller, parcel) => {
        const honest = () => port.put(caller, parcel)
        return this.put
          ? this.put(caller, honest, documentId(decodeEnvelope(parcel.envelope).bytes))
          : honest()
      },
      charters: (caller, above) => (this.charters ?? port.charters)(caller, above),
      head: caller => (this.head ?? port.head)(caller),
      follow
    }
  }

  async *#follow(port: SyncPort, ...[caller, filter, cursors, signal]: Parameters<SyncPort['follow']>) {
    const bend = async (items: FeedItem[]) =>
      caller.role === 'console' && this.answers
        ? [
            ...items.filter(({ kind }) => kind !== 'gumshoe/answer/1'),
            ...(await this.answers(items.filter(({ kind }) => kind === 'gumshoe/answer/1')))
          ]
        : items
    let past: FeedItem[] | undefined = []
    for await (const item of port.follow(caller, filter, cursors, signal)) {
      if (!('caughtUp' in item)) {
        if (past) past.push(item)
        else yield* await bend([item])
        continue
      }
      yield* await bend(past ?? [])
      past = undefined
      yield item
    }
    yield* await bend(past ?? [])
  }
}

/** A lab with an honest hub, and one that does what a test bends. */
const besideAnHonest = async (t: TestContext): Promise<{ lab: Lab; evil: Bent }> => {
  const lab = await Lab.make(t)
  const evil = new Bent()
  await lab.startHub('north')
  await lab.startHub('south', evil.wrap)
  return { lab, evil }
}

const never = <T>(): Promise<T> => new Promise(() => undefined)

const states = (records: readonly Record<string, unknown>[]): unknown[] =>
  records.filter(({ type }) => type === 'host').map(({ state, verdict }) => `${state} ${verdict}`)

const wasDelivered = (host: LabHost, action: string): boolean =>
  host.records().some(event => event['what'] === 'delivered' && event['action'] === action)

test('answers come through the honest node, and wait at the host until two have truly acknowledged them', {
  timeout: 120_000
}, async t => {
  const { lab, evil } = await besideAnHonest(t)
  const host = await lab.startHost('one', FILES)
  const connected = await lab.connect(await lab.context('julien'))
  await eventually('both nodes are reached', async () => (await connected.nodes()).length === 2)
  await eventually('the host is known', async () => (await lab.hosts(connected)).length === 1)

  const [stranger, south] = [makeIdentity(), lab.trust.nodes[1]!]
  const receipt = (id: string, node = south, signer = south): PutReply => ({
    receipt: signedByMachine(
      { kind: 'gumshoe/receipt/1', mesh: lab.trust.mesh, id, node: node.peer, time: NOW },
      signer
    )
  })
  const held: ((reply: PutReply) => void)[] = []
  const bends: Record<string, NonNullable<Bent['put']>> = {
    'refuses everything': async () => ({ refused: 'quota', message: 'No.' }),
    'gives receipts that another key signed': async (_, __, id) => receipt(id, south, stranger),
    'gives receipts of a node that nobody knows': async (_, __, id) => receipt(id, stranger, stranger),
    'gives receipts for something else': async () => receipt('e'.repeat(64)),
    'gives receipts that are none': async () => ({ receipt: new Uint8Array([1, 2, 3]) }),
    'keeps silent': () => new Promise(done => held.push(done))
  }
  const asked: string[] = []
  for (const [what, bend] of Object.entries(bends)) {
    evil.put = bend
    const { records, id } = await lab.ask(connected, FLAGS)
    assert.deepEqual(states(records), ['done yes'], what)
    asked.push(id)
  }
  // The honest node's own receipts are no second ones.
  for (const id of asked) assert.ok(!wasDelivered(host, id), 'one node is not enough')

  evil.put = undefined
  for (const done of held) done({ refused: 'quota', message: 'No.' })
  const { id } = await lab.ask(connected, FLAGS)
  await eventually(
    'both nodes hold everything',
    () => [...asked, id].every(action => wasDelivered(host, action)),
    30_000
  )
})

test('an old charter, a fork and a promise of a newer one move nobody back, and stop nobody', {
  timeout: 60_000
}, async t => {
  const { lab, evil } = await besideAnHonest(t)
  const host = await lab.startHost('one', FILES)
  const context = await lab.context('julien')
  const first = await lab.connect(context)
  await eventually('the host is known', async () => (await lab.hosts(first)).length === 1)

  const fork = await lab.trust.nextCharter({ note: 'a fork that revokes nobody' })
  const old = lab.trust.chain.envelopes()
  evil.put = async () => ({ refused: 'quota', message: 'No.' })
  evil.hello = () => ({ charterVersion: 1, charterId: lab.trust.mesh })
  evil.charters = async () => old
  await lab.trust.advance(lab.trust.revoked('persons', 'joe'))
  const three = lab.trust.chain.current
  const [north] = (await first.nodes()).filter(({ peer }) => peer === lab.trust.nodes[0]!.peer)
  assert.ok('receipt' in (await north!.put({ envelope: three.envelope })))
  await eventually('the host obeys version 3', () =>
    host.records().some(event => event['what'] === 'charter' && event['version'] === 3)
  )
  await first.close()

  for (const [version, offered] of [
    [1, old],
    [99, [fork]],
    [99, [...old, fork]],
    [99, []],
    [99, [new Uint8Array([1])]]
  ] as [number, Uint8Array[]][]) {
    evil.hello = () => ({ charterVersion: version, charterId: documentId(decodeEnvelope(fork).bytes) })
    evil.charters = async () => offered
    const said: string[] = []
    const connected = await lab.connect({ ...context, tell: line => void said.push(line) })
    assert.equal(connected.chain.current.id, three.id, `${version}`)
    if (offered.includes(fork)) assert.match(said.join(), /charter that is not taken/)
    assert.deepEqual(states((await lab.ask(connected, FLAGS)).records), ['done yes'])
    await connected.close()
  }
  assert.deepEqual(
    host
      .records()
      .filter(({ what }) => what === 'charter')
      .map(({ version }) => version),
    [3]
  )
})

test('swapped, altered, reordered and hidden answers cost nothing while one node is honest', {
  timeout: 120_000
}, async t => {
  const lab = await Lab.make(t)
  const [honest, evil] = [new Bent(), new Bent()]
  await lab.startHub('north', honest.wrap)
  await lab.startHub('south', evil.wrap)
  const hosts = [await lab.startHost('one', FILES), await lab.startHost('two', { 'srv/other': 'x' })]
  const context = await lab.context('julien')
  const connected = await lab.connect(context)
  await eventually('the hosts are known', async () => (await lab.hosts(connected)).length === 2)
  await eventually('both nodes are reached', async () => (await connected.nodes()).length === 2)
  const { id } = await lab.ask(connected, FLAGS)
  await eventually('both nodes hold both answers', () => hosts.every(host => wasDelivered(host, id)))

  const told = new Map<string, FeedItem>()
  const other = ({ id: own }: FeedItem) => [...told.values()].find(item => item.id !== own)
  /** Keeps what was seen, so that live answers too can be swapped with earlier ones. */
  const each = (change: (item: FeedItem, by: FeedItem) => FeedItem[]) => (items: FeedItem[]) => {
    for (const item of items) told.set(item.id, item)
    return items.flatMap(item => change(item, other(item) ?? item))
  }
  const bends: Record<string, { bend: NonNullable<Bent['answers']>; code?: string }> = {
    'swaps the bodies': {
      bend: each((item, by) => [{ ...item, parcel: { ...item.parcel, body: by.parcel.body! } }]),
      code: 'bad-signature'
    },
    'swaps the answers': { bend: each((item, by) => [{ ...item, parcel: by.parcel }]) },
    'swaps the signatures': {
      bend: each((item, by) => {
        const { bytes } = decodeEnvelope(item.parcel.envelope)
        const { signatures } = decodeEnvelope(by.parcel.envelope)
        return [{ ...item, parcel: { ...item.parcel, envelope: encodeEnvelope({ bytes, signatures }) } }]
      }),
      code: 'bad-signature'
    },
    'leaves the bodies out': {
      bend: each(item => [{ ...item, parcel: { envelope: item.parcel.envelope } }]),
      code: 'malformed'
    },
    'tells the last first, and everything twice': { bend: items => [...items, ...items].reverse() },
    'hides the answers': { bend: () => [] },
    'keeps silent': { bend: never }
  }
  for (const [what, { bend, code }] of Object.entries(bends))
    for (const first of ['the evil one', 'the honest one'] as const) {
      // Silence has no order, and costs its time.
      if (bend === never && first === 'the honest one') continue
      const slowly = async (items: FeedItem[]) => {
        await new Promise(done => setTimeout(done, 150))
        return items
      }
      evil.answers = first === 'the evil one' ? bend : async items => await bend(await slowly(items))
      honest.answers = first === 'the evil one' ? slowly : undefined
      const open = await caseOf(connected, id)
      const message = `${what}, ${first} first`
      assert.deepEqual(verdictsOf(open, hosts), ['yes', 'no'], message)
      assert.deepEqual(
        [...new Set(open.file.discarded.map(entry => entry.code))],
        code ? [code] : [],
        message
      )
      if (code)
        assert.match(screenOf(open), new RegExp(`DISCARDED \\d answers? that do(?:es)? not hold: ${code}`))
    }
  for (const what of ['swaps the bodies', 'keeps silent']) {
    evil.answers = bends[what]!.bend
    honest.answers = undefined
    const { records } = await lab.ask(connected, FLAGS)
    assert.deepEqual(states(records).sort(), ['done no', 'done yes'], `live: ${what}`)
  }

  // Nobody is left who tells: a hidden host is silent, never a `no`, and the head of its chain shows the gap.
  const [, two] = hosts
  await two!.stop()
  const hide = (items: FeedItem[]) =>
    items.filter(
      ({ parcel }) => !new TextDecoder().decode(parcel.envelope).includes(two!.member.identity.peer)
    )
  evil.answers = hide
  honest.answers = hide
  const open = await caseOf(connected, id)
  assert.deepEqual(verdictsOf(open, hosts), ['yes', undefined])
  assert.match(screenOf(open), /silent 1/)
  const known = async () =>
    (await lab.hosts(connected)).find(({ peer }) => peer === two!.member.identity.peer)
  await eventually('its last word came', async () => (await known())?.state === 'leaving')
  const { findings } = await chainOf(connected, two!.member.identity.peer, await known())
  assert.deepEqual(findings, [{ type: 'gap', from: 1, to: 3 }])
})

test('a node that makes up the head of a host’s chain does not keep it from a question', {
  timeout: 60_000
}, async t => {
  const { lab, evil } = await besideAnHonest(t)
  const connected = await lab.connect(await lab.context('julien'))
  await eventually('both nodes are reached', async () => (await connected.nodes()).length === 2)
  const early = await lab.startHost('early', FILES)
  await eventually('the host is known', async () => (await lab.hosts(connected)).length === 1)
  const { id } = await lab.ask(connected, FLAGS)
  assert.ok(early)
  evil.head = async () => ({ seq: 1_000, id: 'e'.repeat(64), actions: [id] })
  const late = await lab.startHost('late', FILES)
  await eventually(
    'the late host has run the question that is said to be answered',
    () => late.records().some(event => event['what'] === 'answered' && event['action'] === id),
    30_000
  )
})

const caseOf = (connected: Connected, id: string): Promise<OpenCase> =>
  openCase(
    connected,
    id,
    new History(connected.context.home).list().find(record => record.id === id)
  )

const verdictsOf = (open: OpenCase, hosts: readonly LabHost[]): unknown[] =>
  hosts.map(
    ({ member }) => open.file.answers().find(({ peer }) => peer === member.identity.peer)?.body.verdict
  )

const screenOf = (open: OpenCase): string => summaryLines(resultOf(open, 'a1', {}, NOW)).join('\n')
