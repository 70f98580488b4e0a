import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Out } from '../../agent/outgoing.ts'
import { decodeEnvelope } from '../../src/documents/envelope.ts'
import { read } from '../../src/documents/read.ts'
import { LIMITS } from '../../src/limits.ts'
import type { VerifiedAction } from '../../src/trust/permit.ts'
import { TestMemory } from '../support/agent-parts.ts'
import { DAY, HOUR, makeTestMesh, NOW, type TestMesh, testClock } from '../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

const verified = async (): Promise<VerifiedAction> => {
  const { raw, id } = await mesh.signAction({}, 'julien')
  return { id, envelope: raw, action: read(decodeEnvelope(raw).bytes, 'gumshoe/action/1'), signers: [] }
}

const out = (seq: number, action: string): Out => ({
  id: String(seq).padStart(64, '0'),
  action,
  seq,
  parcel: { envelope: new Uint8Array([seq]), body: new Uint8Array(10) }
})

const answer = (action: string, op: string, found: boolean, ...parts: Out[]) => ({
  action,
  op,
  found,
  parts,
  openings: [],
  until: NOW + DAY
})

test('what was decided, found and answered is there after a restart', async t => {
  const host = await TestMemory.open(t)
  const [first, second] = [await verified(), await verified()]
  await host.memory.record(first, 'run')
  await host.memory.record(second, 'module-off')
  assert.equal(host.memory.answered(first.id), undefined, 'not yet')
  await host.memory.answer(answer(first.id, 'o1', true, out(1, first.id), out(2, first.id)))
  await host.restart()
  const { memory } = host
  assert.equal(memory.decided(first.id), 'run')
  assert.equal(memory.decided(second.id), 'module-off')
  assert.equal(memory.decided('x'), undefined)
  assert.ok(memory.found(first.id) && memory.answered(first.id) && memory.isEnded(first.id, 'o1'))
  assert.ok(!memory.isEnded(first.id, 'o2') && !memory.found(second.id) && !memory.answered(second.id))
  assert.deepEqual(memory.head, { seq: 2, id: out(2, '').id })
  assert.deepEqual(memory.envelope(first.id), first.envelope)
  assert.deepEqual(
    memory.outgoing.marks().map(({ seq, bytes, receipts }) => [seq, bytes, receipts]),
    [
      [1, 11, []],
      [2, 11, []]
    ]
  )
})

test('an answer that finds nothing is an answer, and not found', async t => {
  const { memory } = await TestMemory.open(t)
  const action = await verified()
  await memory.record(action, 'run')
  await memory.answer(answer(action.id, 'o1', false, out(1, action.id)))
  assert.deepEqual([memory.found(action.id), memory.answered(action.id)], [false, true])
})

test('what is not over, or did not see everything, is no ground to say that nothing was found', async t => {
  const host = await TestMemory.open(t)
  const [action, other] = [await verified(), await verified()]
  assert.equal(host.memory.found(action.id), false, 'it was never asked here')
  await host.memory.record(action, 'run')
  assert.equal(host.memory.found(action.id), undefined, 'it runs')
  await host.memory.answer({ ...answer(action.id, 'o1', false, out(1, action.id)), found: undefined })
  await host.restart()
  assert.equal(host.memory.found(action.id), undefined, 'it was partial')
  assert.equal(host.memory.answered(action.id), true)
  await host.memory.record(other, 'ceiling')
  assert.equal(host.memory.found(other.id), false, 'it was refused')
  await host.memory.recordElsewhere('f'.repeat(64))
  assert.equal(host.memory.found('f'.repeat(64)), undefined, 'it is forgotten')
})

test('an operation that is called like a member of every object is answered like any other', async t => {
  const host = await TestMemory.open(t)
  const action = await verified()
  await host.memory.record(action, 'run')
  for (const op of ['constructor', 'valueof', 'tostring']) {
    assert.deepEqual(
      [host.memory.isEnded(action.id, op), host.memory.told(action.id, op)],
      [false, undefined]
    )
    await host.memory.answer(answer(action.id, op, false, out(1, action.id)))
    await host.restart()
    assert.equal(host.memory.isEnded(action.id, op), true)
  }
})

test('the head never goes back, whatever a presence writes meanwhile', async t => {
  const host = await TestMemory.open(t)
  const action = await verified()
  await host.memory.record(action, 'run')
  await Promise.all([
    host.memory.answer(answer(action.id, 'o1', true, out(1, action.id))),
    host.memory.nextCounter(testClock),
    host.memory.answer(answer(action.id, 'o2', true, out(2, action.id))),
    host.memory.nextCounter(testClock)
  ])
  await host.restart()
  assert.equal(host.memory.head?.seq, 2)
})

test('the counter of presences goes up over restarts, also when the clock goes back', async t => {
  const host = await TestMemory.open(t)
  const first = await host.memory.nextCounter(testClock)
  await host.restart()
  const second = await host.memory.nextCounter({ ...testClock, now: () => NOW - DAY })
  assert.ok(second > first)
})

test('a receipt counts once a node, and what has enough of them leaves', async t => {
  const host = await TestMemory.open(t)
  const action = await verified()
  await host.memory.record(action, 'run')
  await host.memory.answer(answer(action.id, 'o1', true, out(1, action.id), out(2, action.id)))
  const two = { inForce: new Set(['north', 'south']), enough: 2 }
  assert.equal(await host.memory.outgoing.receipt(1, 'north', two), false)
  await host.restart()
  assert.deepEqual(
    host.memory.outgoing.marks()[0]?.receipts,
    [],
    'lost before it was kept: it is asked for again'
  )
  assert.equal(await host.memory.outgoing.receipt(1, 'north', two), false)
  await host.memory.outgoing.keepReceipts()
  assert.equal(await host.memory.outgoing.receipt(1, 'north', two), false)
  await host.restart()
  assert.deepEqual(host.memory.outgoing.marks()[0]?.receipts, ['north'])
  assert.equal(await host.memory.outgoing.receipt(1, 'south', two), true)
  assert.equal(await host.memory.outgoing.receipt(1, 'south', two), false)
  assert.equal(host.memory.outgoing.bytes, 11)
  await host.restart()
  assert.deepEqual(
    host.memory.outgoing.marks().map(({ seq }) => seq),
    [2]
  )
  assert.equal(await host.memory.outgoing.parcel(1), undefined)
  assert.deepEqual((await host.memory.outgoing.parcel(2))?.body, new Uint8Array(10))
})

test('cancels are obeyed after a restart, and forgotten when nothing that they name can be open', async t => {
  const host = await TestMemory.open(t)
  const cancel = {
    kind: 'gumshoe/cancel/1',
    mesh: mesh.mesh,
    action: 'a'.repeat(64),
    issued: '',
    nonce: ''
  } as const
  await host.memory.cancel(cancel, NOW)
  await host.restart()
  assert.ok(host.memory.isCancelled(cancel.action))
  await host.memory.purge(NOW + LIMITS.cancelMs)
  assert.ok(host.memory.isCancelled(cancel.action))
  assert.equal(host.memory.floor, 0)
  await host.memory.purge(NOW + LIMITS.cancelMs + 1)
  assert.ok(!host.memory.isCancelled(cancel.action))
  // With a clock that is turned back it does not run either.
  assert.ok(host.memory.floor >= NOW + 2 * LIMITS.windowMaxMs)
})

test('a record that is purged leaves the floor behind, over restarts', async t => {
  const host = await TestMemory.open(t)
  const action = await verified()
  await host.memory.record(action, 'run')
  await host.memory.purge(NOW + HOUR + LIMITS.runRecordMs)
  assert.equal(host.memory.decided(action.id), 'run')
  assert.equal(host.memory.floor, 0)
  await host.memory.purge(NOW + HOUR + LIMITS.runRecordMs + 1)
  await host.restart()
  assert.equal(host.memory.decided(action.id), undefined)
  assert.equal(host.memory.floor, NOW + HOUR)
})

test('catch-up is told what may be open still, and only that', async t => {
  const { memory } = await TestMemory.open(t)
  const action = await verified()
  await memory.record(action, 'run')
  assert.deepEqual(memory.known(NOW), [action.id])
  assert.deepEqual(memory.known(NOW + 2 * HOUR), [])
})

test('what another life has run is neither run nor answered again', async t => {
  const host = await TestMemory.open(t)
  const known = await verified()
  await host.memory.record(known, 'run')
  await host.memory.recordElsewhere(known.id)
  await host.memory.recordElsewhere('c'.repeat(64))
  await host.memory.setHead({ seq: 9, id: 'd'.repeat(64) })
  await host.restart()
  for (const id of [known.id, 'c'.repeat(64)]) {
    assert.equal(host.memory.decided(id), 'run')
    assert.ok(host.memory.isEnded(id, 'o1'))
  }
  assert.deepEqual(host.memory.head, { seq: 9, id: 'd'.repeat(64) })
})

test('a run record that is damaged still says that the action was decided', async t => {
  const host = await TestMemory.open(t)
  const action = await verified()
  await host.memory.record(action, 'run')
  await host.database.close()
  const { Level } = await import('level')
  const level = new Level<string, Uint8Array>(host.directory, { valueEncoding: 'view' })
  const value = new Uint8Array((await level.get(`run/${action.id}`))!)
  value[value.length - 1]! ^= 1
  await level.put(`run/${action.id}`, value)
  await level.close()
  host.database = await (await import('../../src/store/database.ts')).Database.open(host.directory)
  const { Memory } = await import('../../agent/memory.ts')
  const memory = await Memory.open(host.database, new Uint8Array(32))
  assert.equal(memory.decided(action.id), 'run')
  assert.ok(memory.isEnded(action.id, 'o1'))
})
