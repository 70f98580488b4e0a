import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { publish, wrapFor } from '../../../console/ask/publish.ts'
import type { Connected } from '../../../console/connect.ts'
import { decodeEnvelope, documentId } from '../../../src/documents/envelope.ts'
import { read } from '../../../src/documents/read.ts'
import { GumshoeError } from '../../../src/errors.ts'
import type { PutReply, SyncClient } from '../../../src/mesh/sync/ports.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { verifyKeywrap } from '../../../src/trust/verify-person.ts'
import { testAttachment } from '../../support/attachments.ts'
import { question, TestCase } from '../../support/case.ts'
import { makeTestMesh, NOW, signedBy, signedByMachine, type TestMesh, testClock } from '../../support/mesh.ts'

let mesh: TestMesh
let asked: TestCase
let envelope: Uint8Array
let voucher: Uint8Array
const console_ = makeIdentity()
before(async () => {
  mesh = await makeTestMesh()
  asked = new TestCase(mesh, question({ path: ['/etc'] }, 'all'))
  envelope = await signedBy(asked.composed.bytes, mesh.who('julien'))
  voucher = await mesh.signVoucher(console_.peer, 'julien')
})

/** A node that answers a put as it is told, and keeps what it was given. */
const node = (index: number, answer?: (id: string) => PutReply | Promise<PutReply>) => {
  const identity = mesh.nodes[index]!
  const kept: Uint8Array[] = []
  const receipt = (id: string): PutReply => ({
    receipt: signedByMachine(
      { kind: 'gumshoe/receipt/1', mesh: mesh.mesh, id, node: identity.peer, time: NOW },
      identity
    )
  })
  const client = {
    peer: identity.peer,
    caller: { role: 'node', peer: identity.peer, name: 'n' },
    put: async (parcel: { envelope: Uint8Array }) => {
      kept.push(parcel.envelope)
      return (answer ?? receipt)(documentId(decodeEnvelope(parcel.envelope).bytes))
    }
  } as unknown as SyncClient
  return { client, kept, receipt }
}

const connected = (nodes: SyncClient[], members: unknown[] = []): Connected =>
  ({
    nodes: async () => nodes,
    chain: mesh.chain,
    session: { identity: console_, voucher },
    context: { clock: testClock },
    mesh: { members: () => members, publish: async () => 0 }
  }) as unknown as Connected

const wraps = () => wrapFor(asked.composed.sealKey, asked.composed.action.readers, mesh.charter, NOW)

test('every node gets the action, then a keywrap for each reader that opens to the sealing key', async () => {
  const [one, two] = [node(0), node(1)]
  const published = await publish(connected([one.client, two.client]), asked.id, envelope, await wraps())
  assert.deepEqual(published, { nodes: 2, agents: 0 })
  for (const { kept } of [one, two]) {
    assert.deepEqual(kept[0], envelope)
    const readers = []
    for (const raw of kept.slice(1)) {
      const { document } = await verifyKeywrap(raw, mesh.chain, NOW)
      assert.equal(document.action, asked.id)
      readers.push(document.reader)
      const name = ['julien', 'rita'].find(person => mesh.who(person).key.fingerprint === document.reader)!
      assert.deepEqual(
        new Uint8Array(await mesh.who(name).holder.decrypt(document.box)),
        new Uint8Array(asked.composed.sealKey)
      )
    }
    assert.deepEqual(readers.sort(), asked.composed.action.readers)
  }
})

test('for whom no node takes the key, the asker is told', async () => {
  const told: string[] = []
  const tell = (line: string) => void told.push(line)
  const take = (nodes: SyncClient[], all: Awaited<ReturnType<typeof wraps>>) => {
    const asker = { ...connected(nodes), context: { clock: testClock, tell } } as unknown as Connected
    return publish(asker, asked.id, envelope, all)
  }
  /** Takes the action and no keywrap. */
  const full = (index: number) => {
    const made = node(index, id =>
      id === asked.id ? made.receipt(id) : { refused: 'quota', message: 'Full.' }
    )
    return made
  }
  await take([full(0).client, node(1).client], await wraps())
  assert.equal(told.length, 0, 'one node is enough')
  await take([full(0).client, full(1).client], await wraps())
  assert.equal(told.length, asked.composed.action.readers.length)
  for (const name of ['julien', 'rita'])
    assert.ok(told.some(line => line.includes(`the key for ${name}`) && line.endsWith('Full.')))
})

test('one node that refuses or fails does not stand in the way; all of them refusing say why', async () => {
  const good = node(0)
  const refusing = node(1, () => ({ refused: 'disk-full', message: 'No room.' }))
  const failing = node(1, () => Promise.reject(new GumshoeError('unreached', 'gone')))
  for (const bad of [refusing, failing]) {
    const published = await publish(connected([bad.client, good.client]), asked.id, envelope, [])
    assert.equal(published.nodes, 1)
  }
  await assert.rejects(publish(connected([refusing.client]), asked.id, envelope, []), {
    code: 'disk-full',
    message: 'No room.'
  })
  const quorum = node(0, () => ({ refused: 'quorum', message: 'More.' }))
  await assert.rejects(publish(connected([quorum.client]), asked.id, envelope, []), {
    code: 'quorum',
    exit: 4
  })
})

test('an acknowledgement that is no receipt of this node for this action counts for nothing', async () => {
  const other = node(1)
  const fakes: ((id: string) => PutReply)[] = [
    () => ({ receipt: new Uint8Array() }),
    id => other.receipt(id),
    () => node(0).receipt('f'.repeat(64))
  ]
  for (const fake of fakes)
    await assert.rejects(
      publish(connected([node(0, fake).client]), asked.id, envelope, []),
      (error: GumshoeError) => ['malformed', 'bad-signature'].includes(error.code)
    )
})

test('with nobody left nothing is sent, and that is said', async () => {
  await assert.rejects(publish(connected([]), asked.id, envelope, []), { code: 'unreached', exit: 5 })
})

test('keywraps are put by their reader, to nobody that the charter does not have', async () => {
  await assert.rejects(wrapFor(asked.composed.sealKey, ['f'.repeat(40)], mesh.charter, NOW), {
    code: 'no-key'
  })
  const kind = read(decodeEnvelope(envelope).bytes, 'gumshoe/action/1').kind
  assert.equal(kind, 'gumshoe/action/1')
})

test('attachments go to every node that took the action; that none takes one is told', async () => {
  const { whole, named } = testAttachment()
  const [one, two] = [node(0), node(1)]
  const got = new Map<string, number>()
  const taking = (client: SyncClient, takes: boolean): SyncClient => ({
    ...client,
    putChunk: async ({ attachment, offset, chunk }) => {
      if (!takes) throw new GumshoeError('disk-full', 'No room.\u001b[31m')
      assert.equal(attachment, named.attachment)
      got.set(client.peer, offset + chunk.length)
      return offset + chunk.length
    }
  })
  const told: string[] = []
  const give = async (nodes: SyncClient[]) => {
    const to = connected(nodes)
    const context = { ...to.context, tell: (text: string) => void told.push(text) }
    return publish({ ...to, context }, asked.id, envelope, [], [whole])
  }
  await give([taking(one.client, true), taking(two.client, false)])
  assert.deepEqual([[...got], told], [[[one.client.peer, named.bytes]], []])
  await give([taking(one.client, false), taking(two.client, false)])
  assert.match(told.join(), /^No bootstrap node took the attachment, .*No room\.[^\u001b]*$/)
})
