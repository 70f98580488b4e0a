import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, type TestContext, test } from 'node:test'
import { Judge } from '../../agent/judge.ts'
import { Ledger } from '../../agent/ledger.ts'
import { Records } from '../../agent/records.ts'
import { applyRetention } from '../../bootstrap-nodes/housekeeping.ts'
import { decodeEnvelope } from '../../src/documents/envelope.ts'
import { read } from '../../src/documents/read.ts'
import { LIMITS } from '../../src/limits.ts'
import { ALL, topicName } from '../../src/mesh/mesh.ts'
import { TestMemory, temporary } from '../support/agent-parts.ts'
import { makePresence } from '../support/answers.ts'
import { NO_SETTINGS, TestHost } from '../support/host.ts'
import { testKeeper } from '../support/keeper.ts'
import { at, DAY, HOUR, MINUTE, makeTestMesh, NOW, type TestMesh, testClock } from '../support/mesh.ts'

/**
 * T14. A member floods with what costs little: an investigator's key with cancels of actions that there never were, a host
 * with presences; or somebody waits until a cancel is forgotten. Expected: so many are kept in a time, cancels go with what
 * they name, one entry of the feed is left of a host's presences, and nothing that was cancelled ever runs.
 */

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})
const idOf = (i: number): string => i.toString(16).padStart(64, '0')
const signal = new AbortController().signal

test('cancels of one person are kept so often, by gossip too; those of others, and of another node, are kept', async t => {
  const node = await testKeeper(t, mesh)
  const put = async (i: number, name = 'julien', from: 'console' | 'node' = 'console') =>
    node.keeper.put(from, { envelope: await mesh.signCancel(idOf(i), name) })
  const most = LIMITS.personCancelsPer10Min
  for (let i = 0; i < most; i++) await put(i)
  await assert.rejects(put(most), { code: 'rate' })
  const last = await mesh.signCancel(idOf(most), 'julien')
  assert.equal(await node.judge.judge(topicName(mesh.mesh, ALL), last), 'ignore')
  assert.equal(node.documents.count, most)
  await put(most, 'sonia')
  await put(most + 1, 'julien', 'node')
  for (let window = 1; window < LIMITS.personWindowsPerDay; window++) {
    node.time.monotonic += 10 * MINUTE
    for (let i = 0; i < most; i++) await put(window * 1_000 + i)
  }
  node.time.monotonic += 10 * MINUTE
  await assert.rejects(put(99_999), { code: 'rate' })
})

test('many cancels of one action by one person keep that of another one out neither', async t => {
  const node = await testKeeper(t, mesh)
  const { raw, id } = await mesh.signAction({}, 'joe')
  await node.keeper.put('console', { envelope: raw })
  const put = async (...names: string[]) =>
    node.keeper.put('console', { envelope: await mesh.signCancel(id, ...names) })
  for (let i = 0; i < LIMITS.cancelsPerAction; i++) await put('julien')
  await assert.rejects(put('julien'), { code: 'quota' })
  // The signature of another person beside one's own does not lay it to his account.
  await assert.rejects(put('julien', 'sonia'), { code: 'malformed' })
  await put('sonia')
})

test('cancels go with their action; those of what never came go when nothing by that name can come', async t => {
  const node = await testKeeper(t, mesh)
  const { raw, id } = await mesh.signAction({}, 'joe')
  await node.keeper.put('console', { envelope: raw })
  await node.keeper.put('console', { envelope: await mesh.signCancel(id, 'joe') })
  const early = await mesh.signCancel(idOf(7), 'joe')
  await node.keeper.put('console', { envelope: early })
  node.time.now = NOW + LIMITS.cancelMs
  await applyRetention(node, signal)
  assert.equal(node.documents.count, 3)
  node.time.now += 1
  await applyRetention(node, signal)
  assert.equal(node.documents.count, 2, 'the action and its cancel')
  // Another node that has not looked yet does not bring it back.
  await assert.rejects(node.keeper.put('node', { envelope: early }), { code: 'expired' })
  node.time.now = NOW + (mesh.charter.policy.retentionDays + 1) * DAY
  await applyRetention(node, signal)
  assert.deepEqual([node.documents.count, (await node.database.keys('feed')).length], [0, 0])
})

test('of a host’s presences one entry is left, however many it sends, and it sends so many', async t => {
  const node = await testKeeper(t, mesh)
  const agent = await mesh.enrol()
  await node.meet(agent)
  const before = (await node.database.keys('feed')).length
  const put = (counter: number, from: 'agent' | 'node' = 'agent') =>
    node.keeper.put(from, makePresence(mesh, agent, counter).parcel)
  for (let i = 1; i <= LIMITS.presencesPer10Min; i++) await put(i)
  await assert.rejects(put(1_000), { code: 'rate' })
  await put(1_001, 'node')
  assert.equal((await node.database.keys('feed')).length, before + 1)
  const told: number[] = []
  for await (const item of node.documents.follow({ untilNow: true }, [], signal))
    if (!('caughtUp' in item) && item.kind === 'gumshoe/presence/1')
      told.push(read(decodeEnvelope(item.parcel.envelope).bytes, item.kind).counter)
  assert.deepEqual(told, [1_001])
})

test('old presences of a host, played back by another member, use up nothing of its rate', async t => {
  const node = await testKeeper(t, mesh)
  const agent = await mesh.enrol()
  await node.meet(agent)
  const put = (counter: number) => node.keeper.put('agent', makePresence(mesh, agent, counter).parcel)
  await put(1_000)
  for (let i = 1; i <= LIMITS.presencesPer10Min; i++) await put(i)
  await put(1_001)
  assert.equal((await node.documents.latest(`presence/${agent.identity.peer}`))?.counter, 1_001)
})

test('a host writes so many cancels of one person, and takes the others when there is room', async t => {
  const { memory, judge, time } = await host(t)
  const most = LIMITS.personCancelsPer10Min
  const cancels = await Promise.all(
    Array.from({ length: most + 5 }, (_, i) => mesh.signCancel(idOf(i), 'julien'))
  )
  for (const [i, cancel] of cancels.entries())
    assert.equal((await judge.take(cancel)).code, i < most ? undefined : 'rate')
  assert.equal(memory.isCancelled(idOf(most)), false)
  assert.equal((await judge.take(await mesh.signCancel(idOf(most + 1), 'sonia'))).code, undefined)
  time.monotonic += 10 * MINUTE
  assert.equal((await judge.take(cancels[most]!)).code, undefined)
})

test('what was cancelled does not run when its cancel is forgotten, signed ahead or with a clock turned back', async t => {
  const { memory } = await host(t)
  const longest = LIMITS.windowMaxMs
  const last = await mesh.signAction({ validFrom: at(longest), expires: at(2 * longest) }, 'joe')
  const ahead = await mesh.signAction({ validFrom: at(2 * longest), expires: at(3 * longest) }, 'joe')
  const seen = new TestHost(mesh)
  seen.now = NOW + longest
  assert.equal(await seen.say(last.raw), 'accept', 'so far ahead one may sign')
  for (const { id } of [last, ahead])
    await memory.cancel(read(decodeEnvelope(await mesh.signCancel(id, 'joe')).bytes, 'gumshoe/cancel/1'), NOW)
  await memory.purge(NOW + LIMITS.cancelMs + 1)
  assert.ok(!memory.isCancelled(ahead.id))
  const later = new TestHost(mesh, { floor: memory.floor })
  for (const now of [NOW + longest + HOUR, NOW + 2 * longest + HOUR, NOW + LIMITS.cancelMs + HOUR]) {
    later.now = now
    for (const { raw } of [last, ahead]) assert.notEqual(await later.say(raw), 'accept')
  }
  assert.deepEqual(later.ran, [])
})

const host = async (t: TestContext) => {
  const { memory, database } = await TestMemory.open(t)
  const records = new Records(join(temporary(t), 'records.jsonl'), testClock)
  const time = { monotonic: 0 }
  const judge = new Judge({
    clock: { ...testClock, monotonic: () => time.monotonic },
    chain: mesh.chain,
    memory,
    records,
    ledger: new Ledger(database, records, testClock),
    settings: NO_SETTINGS,
    self: () => ({ peer: mesh.nodes[0]!.peer, tags: [] }),
    accepted: () => undefined,
    refused: () => undefined,
    cancelled: () => undefined,
    charterTaken: async () => undefined,
    fetchCharters: () => undefined
  })
  return { memory, judge, time }
}
