import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, type TestContext, test } from 'node:test'
import { Judge } from '../../agent/judge.ts'
import { Ledger } from '../../agent/ledger.ts'
import { Records } from '../../agent/records.ts'
import { allowanceOf, PersonQuota } from '../../bootstrap-nodes/person-quota.ts'
import { readOpen } from '../../bootstrap-nodes/read-open.ts'
import { toBase64 } from '../../src/codec.ts'
import type { Action } from '../../src/documents/action.ts'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { LIMITS } from '../../src/limits.ts'
import { ALL, topicName } from '../../src/mesh/mesh.ts'
import { file } from '../../src/modules/file.ts'
import { TestMemory, temporary } from '../support/agent-parts.ts'
import { makeAnswer } from '../support/answers.ts'
import { NO_SETTINGS } from '../support/host.ts'
import { testKeeper } from '../support/keeper.ts'
import { at, DAY, HOUR, MINUTE, makeTestMesh, NOW, type TestMesh, testClock } from '../support/mesh.ts'

/**
 * T5. A thief with one investigator's key fills disks with what he signs: the stores of hosts, that remember what they
 * decided for months, and those of bootstrap nodes. Expected: a host keeps some hundred bytes of what is over, and answers
 * few refusals; a node takes so much of one person and tells him; others ask on; no node loses what another one took.
 */

let mesh: TestMesh
before(async () => {
  const policy = { ...(await makeTestMesh()).charter.policy, personActionsPer10Min: 5 }
  mesh = await makeTestMesh({ policy })
})
const operations = (): Action['operations'] => {
  const params = file.fromFlags({ path: ['/etc'], name: ['a'] }, NOW) as Record<string, unknown>
  return [{ id: 'o1', module: 'file/1', params }]
}
/** About 22 kB. */
const large = (): Partial<Action> => ({
  operations: operations(),
  note: toBase64(new Uint8Array(LIMITS.noteBytes))
})

const host = async (t: TestContext, of: TestMesh = mesh) => {
  const kept = await TestMemory.open(t)
  const { memory, database } = kept
  const records = new Records(join(temporary(t), 'records.jsonl'), testClock)
  const happened: string[] = []
  const judge = new Judge({
    clock: { ...testClock, monotonic: () => 0 },
    chain: of.chain,
    memory,
    records,
    ledger: new Ledger(database, records, testClock),
    settings: NO_SETTINGS,
    self: () => ({ peer: of.nodes[0]!.peer, tags: [] }),
    accepted: () => happened.push('run'),
    refused: (_, code) => happened.push(code),
    cancelled: () => undefined,
    charterTaken: async () => undefined,
    fetchCharters: () => undefined
  })
  const count = (what: string) => happened.filter(one => one === what).length
  /** Answers an action as the runner would, with one part. */
  const answer = (action: string, seq: number) =>
    kept.memory.answer({
      action,
      op: 'o1',
      found: true,
      parts: [{ id: String(seq).padStart(64, '0'), action, seq, parcel: { envelope: new Uint8Array(9) } }],
      openings: [],
      until: NOW
    })
  const bytes = async () => {
    let total = 0
    for await (const { value } of kept.database.entries('run')) total += value!.length
    return total
  }
  return { kept, judge, count, answer, bytes }
}
const ONE = { inForce: new Set(['north']), enough: 1 }

test('a host keeps an action while it is to be answered and delivered, and then a small record', async t => {
  const { kept, judge, answer, bytes } = await host(t)
  const asked = await Promise.all(Array.from({ length: 4 }, () => mesh.signAction(large(), 'julien')))
  for (const { raw } of asked) assert.equal((await judge.take(raw)).code, undefined)
  const [open, waiting, ...over] = asked as [(typeof asked)[0], ...typeof asked]
  for (const [i, { id }] of [waiting!, ...over].entries()) await answer(id, i + 1)
  for (const seq of [2, 3]) await kept.memory.outgoing.receipt(seq, 'north', ONE)
  const before = await bytes()
  await kept.memory.purge(NOW)
  assert.ok(before > 4 * LIMITS.noteBytes, `${before}`)
  assert.ok((await bytes()) < before / 2 + 1_000, `${await bytes()} of ${before}`)
  await kept.restart()
  for (const { id, raw } of [open, waiting!]) assert.deepEqual(kept.memory.envelope(id), raw)
  for (const { id } of over) {
    assert.equal(kept.memory.envelope(id), undefined)
    assert.ok(kept.memory.isEnded(id, 'o1') && kept.memory.found(id))
    assert.equal(kept.memory.decided(id), 'run')
    // Whose quorum a condition on it takes is known still.
    assert.deepEqual(
      kept.memory.operations(id)!.map(({ module }) => module),
      ['file/1']
    )
  }
  assert.equal(kept.memory.unfinished('julien'), 1)
})

test('beyond the rate a host answers a few refusals and records no more, cancelled in advance or not', async t => {
  const { kept, judge, count } = await host(t)
  const cancelled = new Set<string>()
  for (let i = 0; i < 40; i++) {
    const { raw, id } = await mesh.signAction(large(), 'julien')
    if (i % 2 === 0) {
      cancelled.add(id)
      await kept.memory.cancel(
        { kind: 'gumshoe/cancel/1', mesh: mesh.mesh, action: id, issued: '', nonce: '' },
        NOW
      )
    }
    const { code } = await judge.take(raw)
    if (i >= 5) assert.equal(code, 'rate')
  }
  assert.equal(count('run') + count('cancelled'), 5)
  assert.equal(count('rate'), LIMITS.rateAnswersPer10Min)
  assert.equal(kept.memory.decidedIds().length, 5 + LIMITS.rateAnswersPer10Min)
  const { raw } = await mesh.signAction({ operations: operations() }, 'sonia')
  assert.equal((await judge.take(raw)).code, undefined)
})

test('a host takes no more of one person than it can answer, whatever the rate', async t => {
  const own = await makeTestMesh({ policy: { ...mesh.charter.policy, personActionsPer10Min: 10_000 } })
  const { judge, count, answer } = await host(t, own)
  const asked = []
  for (let i = 0; i < LIMITS.personUnfinished + 3; i++) {
    asked.push(await own.signAction({ operations: operations() }, 'julien'))
    await judge.take(asked.at(-1)!.raw)
  }
  assert.deepEqual([count('run'), count('rate')], [LIMITS.personUnfinished, 3])
  // When one is answered there is room for one; the refusals have their answers at once.
  for (const [i, { id }] of [asked[0]!, ...asked.slice(-3)].entries()) await answer(id, i + 1)
  for (let i = 0; i < 2; i++) {
    const { raw } = await own.signAction({ operations: operations() }, 'julien')
    assert.equal((await judge.take(raw)).code, i === 0 ? undefined : 'rate')
  }
  assert.equal(count('run'), LIMITS.personUnfinished + 1)
})

test('a node takes so many of one person in ten minutes and in a day, and tells him; others ask on', async t => {
  const node = await testKeeper(t, mesh)
  const put = async (role: 'console' | 'agent', name = 'julien') =>
    node.keeper.put(role, { envelope: (await mesh.signAction({}, name)).raw })
  for (let i = 0; i < 5; i++) await put('console')
  for (const role of ['console', 'agent'] as const) await assert.rejects(put(role), { code: 'rate' })
  const { raw, id } = await mesh.signAction({}, 'julien')
  assert.equal(await node.judge.judge(topicName(mesh.mesh, ALL), raw), 'ignore', 'gossip is no way round')
  assert.equal(await node.documents.has(id), false)
  await put('console', 'sonia')
  for (let window = 1; window < LIMITS.personWindowsPerDay; window++) {
    node.time.monotonic += 10 * MINUTE
    for (let i = 0; i < 5; i++) await put('console')
  }
  node.time.monotonic += 10 * MINUTE
  await assert.rejects(put('console'), { code: 'rate' })
  node.time.monotonic += DAY
  await put('console')
  // The one that was refused may come now.
  await node.keeper.put('console', { envelope: raw })
})

test('a node counts bytes, and what is open, over a restart', async t => {
  const node = await testKeeper(t, mesh)
  const { bytesPerDay, openBytes } = allowanceOf(mesh.charter.policy)
  const longer = { ...large(), expires: at(10 * DAY) }
  const fill = async () => {
    for (let tries = 0; tries < 200; tries++) {
      const { raw } = await mesh.signAction(longer, 'julien')
      const code = await node.keeper.put('console', { envelope: raw }).then(
        () => undefined,
        error => error.code as string
      )
      if (code === 'quota') return code
      if (code === 'rate') node.time.monotonic += 3 * HOUR
    }
    return undefined
  }
  // Two of half a day's bytes, however few they are.
  const day = new PersonQuota(node.clock, node.chain, node.attachments)
  const half = { persons: ['julien'], bytes: bytesPerDay / 2, attachments: [], expires: NOW }
  for (const id of ['a', 'b']) day.take({ ...half, id })
  assert.throws(() => day.take({ ...half, id: 'c', bytes: 1 }), { code: 'rate' })
  assert.equal(await fill(), 'quota')
  let total = 0
  for await (const item of node.documents.follow({ untilNow: true }, [], new AbortController().signal))
    if (!('caughtUp' in item)) total += item.parcel.envelope.length
  assert.ok(total > bytesPerDay && total <= openBytes, `${total} of ${openBytes}`)
  const restarted = new PersonQuota(node.clock, node.chain, node.attachments)
  await readOpen(node.documents, node.chain, restarted)
  const next = { id: 'a', persons: ['julien'], bytes: 30_000, attachments: [], expires: NOW }
  assert.throws(() => restarted.take(next), { code: 'quota' })
  restarted.take({ ...next, persons: ['sonia'] })
  // When they are over there is room again.
  node.time.now = NOW + 11 * DAY
  restarted.take(next)
})

test('what one node took no other one loses, however much it has of him', async t => {
  const [north, south] = [await testKeeper(t, mesh), await testKeeper(t, mesh, 1)]
  const agent = await mesh.enrol()
  await south.meet(agent)
  for (let i = 0; i < 5; i++)
    await south.keeper.put('console', { envelope: (await mesh.signAction({}, 'julien')).raw })
  const { raw, id } = await mesh.signAction({}, 'julien')
  await north.keeper.put('console', { envelope: raw })
  await assert.rejects(south.keeper.put('console', { envelope: raw }), { code: 'rate' })
  assert.equal(await south.judge.judge(topicName(mesh.mesh, ALL), raw), 'ignore')
  // North's feed brings it: south keeps it, tells its hosts, and takes their answers.
  await south.keeper.put('node', { envelope: raw })
  assert.deepEqual(south.announced.at(-1), { kind: 'gumshoe/action/1', envelope: raw })
  await south.keeper.put('agent', makeAnswer(mesh, agent.identity, id).parcel)
})

test('junk in the asker’s name beside his signature is neither kept nor counted as his', async t => {
  const node = await testKeeper(t, mesh)
  const { raw, id } = await mesh.signAction({ operations: operations() }, 'julien')
  const { bytes, signatures } = decodeEnvelope(raw)
  const junk = Array.from({ length: LIMITS.signatures - 1 }, (_, i) => {
    const copy = Uint8Array.from(signatures[0]!)
    copy[copy.length - 1 - i]! ^= 1
    return copy
  })
  for (const padded of [
    [...signatures, ...junk],
    [...junk, ...signatures]
  ]) {
    await node.keeper.put('console', { envelope: encodeEnvelope({ bytes, signatures: padded }) })
    assert.deepEqual((await node.documents.get(id))?.parcel.envelope, raw)
  }
  assert.deepEqual(node.announced.at(-1)?.envelope, raw)
})
