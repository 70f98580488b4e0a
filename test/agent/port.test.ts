import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { agentPort } from '../../agent/port.ts'
import type { ErrorCode } from '../../src/errors.ts'
import type { GossipVerdict } from '../../src/mesh/mesh.ts'
import type { Caller } from '../../src/mesh/sync/ports.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { verifyReceipt } from '../../src/trust/verify-machine.ts'
import { nodeCaller } from '../support/agent-parts.ts'
import { makeTestMesh, NOW, type TestMesh, testClock } from '../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

const identity = makeIdentity()
const person: Caller = { role: 'console', peer: makeIdentity().peer, person: 'julien', until: NOW + 1 }
const node = nodeCaller(makeIdentity().peer)

const port = (
  code: ErrorCode | undefined,
  taken: Uint8Array[] = [],
  ready = Promise.resolve(),
  gossip?: GossipVerdict
) =>
  agentPort(
    testClock,
    mesh.chain,
    identity,
    {
      take: async envelope => {
        taken.push(envelope)
        return { gossip: gossip ?? (code === undefined ? 'accept' : 'ignore'), code }
      }
    },
    { put: async () => 0 },
    ready
  )

test('a console puts its question to a host by itself, and is told what the gate says', async () => {
  const { raw } = await mesh.signAction({}, 'julien')
  const taken: Uint8Array[] = []
  const reply = await port(undefined, taken).put(person, { envelope: raw })
  assert.ok('receipt' in reply)
  assert.deepEqual(taken, [raw])
  // It is the host's own word, and counts as no node's.
  assert.throws(() => verifyReceipt(reply.receipt, mesh.chain), { code: 'not-a-member' })
  assert.ok('receipt' in (await port('known').put(person, { envelope: raw })))
  const own = port('module-off', [], undefined, 'accept')
  assert.ok('receipt' in (await own.put(person, { envelope: raw })), 'what the host alone decides is sealed')
  const refused = await port('quorum').put(person, { envelope: raw })
  assert.equal('refused' in refused && refused.refused, 'quorum')
})

test('nobody else puts questions, and nobody puts what an agent does not take', async () => {
  const { raw } = await mesh.signAction({}, 'julien')
  const taken: Uint8Array[] = []
  const asked = port(undefined, taken)
  assert.ok('refused' in (await asked.put(node, { envelope: raw })))
  const voucher = await mesh.signVoucher(person.peer, 'julien')
  assert.ok('refused' in (await asked.put(person, { envelope: voucher })))
  assert.deepEqual(taken, [])
  const charter = await mesh.nextCharter()
  assert.ok('receipt' in (await asked.put(node, { envelope: charter })))
  assert.deepEqual(taken, [charter])
})

test('nothing is judged before the agent knows how far its own chain is', async () => {
  const { raw } = await mesh.signAction({}, 'julien')
  const taken: Uint8Array[] = []
  let begin = () => {}
  const ready = new Promise<void>(resolve => (begin = resolve))
  const reply = port(undefined, taken, ready).put(person, { envelope: raw })
  await testClock.sleep(20)
  assert.deepEqual(taken, [])
  begin()
  await reply
  assert.deepEqual(taken, [raw])
})

test('charters are for everybody; questions, chains and neighbours are not served', async () => {
  const asked = port(undefined)
  assert.equal((await asked.charters(person, 0)).length, mesh.charter.version)
  assert.deepEqual(asked.hello(), { charterVersion: mesh.charter.version, charterId: mesh.chain.current.id })
  assert.equal(await asked.want(person, 'a'), undefined)
  assert.deepEqual(await asked.open(person, [], []), { missing: [], cancels: [] })
  assert.equal(await asked.head(person), undefined)
  assert.deepEqual(await asked.neighbours(person), [])
  assert.throws(() => asked.follow(person, {}, [], new AbortController().signal), { code: 'unsupported' })
})
