import assert from 'node:assert/strict'
import { before, type TestContext, test } from 'node:test'
import { Heads } from '../../agent/heads.ts'
import type { Clock } from '../../src/clock.ts'
import { decodeEnvelope } from '../../src/documents/envelope.ts'
import { read } from '../../src/documents/read.ts'
import { GumshoeError } from '../../src/errors.ts'
import type { Parcel } from '../../src/mesh/sync/ports.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { TestMemory, testClient, testReplies } from '../support/agent-parts.ts'
import { eventually } from '../support/members.ts'
import { makeTestMesh, type TestMesh, testClock } from '../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

/** A life of an agent that has answered two questions; `again` is the same identity with an empty store, as after a restored snapshot. */
const twoLives = async (t: TestContext, clock: Clock = testClock) => {
  const [first, second] = [await TestMemory.open(t), await TestMemory.open(t)]
  const { replies, identity } = testReplies(t, mesh, first)
  const ids: string[] = []
  for (let i = 0; i < 2; i++) {
    const { raw, id } = await mesh.signAction({}, 'julien')
    const action = read(decodeEnvelope(raw).bytes, 'gumshoe/action/1')
    await first.memory.record({ id, envelope: raw, action, signers: [] }, 'run')
    await replies.send({ id, action, op: 'o1', body: { state: 'done', verdict: 'no', rows: [] } })
    ids.push(id)
  }
  const parcel = (await first.memory.outgoing.parcel(2))!
  const heads = new Heads({
    clock,
    memory: second.memory,
    mesh: mesh.mesh,
    self: identity.peer,
    nodes: () => 2,
    log: () => undefined
  })
  t.after(() => heads.stop())
  return { heads, memory: second.memory, head: { ...first.memory.head!, actions: ids }, parcel, ids }
}

const node = (head: { seq: number; id: string; actions: string[] } | undefined, parcel?: Parcel) =>
  testClient(makeIdentity().peer, { head: async () => head, want: async () => parcel })

const isReady = async (heads: Heads): Promise<boolean> =>
  Promise.race([heads.ready.then(() => true), testClock.sleep(20).then(() => false)])

test('who was restored from a snapshot goes on behind what it answered, and runs none of it again', async t => {
  const { heads, memory, head, parcel, ids } = await twoLives(t)
  await heads.compare(node(head, parcel))
  assert.ok(heads.rolledBack)
  assert.deepEqual(memory.head, { seq: 2, id: head.id })
  for (const id of ids) {
    assert.equal(memory.decided(id), 'run')
    assert.ok(memory.isEnded(id, 'o1'))
  }
})

test('a node that lies about our chain is not believed', async t => {
  const { heads, memory, head, parcel } = await twoLives(t)
  const lies: [typeof head, Parcel | undefined][] = [
    [{ ...head, seq: Number.MAX_SAFE_INTEGER }, parcel],
    [{ ...head, id: 'f'.repeat(64) }, parcel],
    [{ ...head, seq: 3 }, undefined]
  ]
  for (const [claim, shown] of lies)
    await assert.rejects(heads.compare(node(claim, shown)), { code: 'protocol' })
  const other = await twoLives(t)
  await assert.rejects(heads.compare(node(other.head, other.parcel)), { code: 'protocol' })
  assert.deepEqual([heads.rolledBack, memory.head, memory.decidedIds()], [false, undefined, []])
})

test('nothing runs before two nodes have said how far the chain is', async t => {
  const { heads } = await twoLives(t)
  await heads.compare(node(undefined))
  assert.equal(await isReady(heads), false)
  await heads.compare(node(undefined))
  assert.equal(await isReady(heads), true)
})

test('a node that can not be asked does not count, and the wait has an end', async t => {
  const sleeps: number[] = []
  const clock: Clock = {
    ...testClock,
    sleep: (ms, signal, idle) => {
      sleeps.push(ms)
      return testClock.sleep(sleeps.length * 60, signal, idle)
    }
  }
  const { heads } = await twoLives(t, clock)
  const silent = testClient(makeIdentity().peer, {
    head: async () => {
      throw new GumshoeError('timeout', 'late')
    }
  })
  await assert.rejects(heads.compare(silent), { code: 'timeout' })
  assert.deepEqual(sleeps, [10_000])
  await eventually('the wait is over', () => isReady(heads))
})
