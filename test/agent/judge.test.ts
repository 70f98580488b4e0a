import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { before, type TestContext, test } from 'node:test'
import { Judge } from '../../agent/judge.ts'
import { Ledger } from '../../agent/ledger.ts'
import type { Memory } from '../../agent/memory.ts'
import { Records, readRecords } from '../../agent/records.ts'
import { toBase64 } from '../../src/codec.ts'
import type { Operation } from '../../src/documents/action.ts'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { write } from '../../src/documents/write.ts'
import { LIMITS } from '../../src/limits.ts'
import { file } from '../../src/modules/file.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { TestMemory, temporary } from '../support/agent-parts.ts'
import { NO_SETTINGS } from '../support/host.ts'
import { at, HOUR, MINUTE, makeTestMesh, NOW, type TestMesh, testClock } from '../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

interface Parts {
  judge: Judge
  memory: Memory
  happened: string[]
  events: () => ReturnType<typeof readRecords>
  clock: { now: number }
}

const parts = async (t: TestContext, of: TestMesh = mesh): Promise<Parts> => {
  const { memory, database } = await TestMemory.open(t)
  const path = join(temporary(t), 'records.jsonl')
  const records = new Records(path, testClock)
  const happened: string[] = []
  const clock = { now: NOW }
  const identity = makeIdentity()
  const judge = new Judge({
    clock: { ...testClock, now: () => clock.now },
    chain: of.chain,
    memory,
    records,
    ledger: new Ledger(database, records, testClock),
    settings: { ...NO_SETTINGS, disclosuresOff: ['clear'] },
    self: () => ({ peer: identity.peer, tags: ['env=prod', 'role=web'] }),
    accepted: ({ id }) => happened.push(`run ${id}`),
    refused: ({ id }, code) => happened.push(`refuse ${code} ${id}`),
    cancelled: id => happened.push(`cancel ${id}`),
    charterTaken: async () => void happened.push('charter'),
    fetchCharters: () => happened.push('fetch')
  })
  return { judge, memory, happened, clock, events: () => readRecords(path) }
}

/** What the file module takes, from its own flags. */
const askFor = async (): Promise<Operation[]> => {
  const params = file.fromFlags({ path: ['/etc'], name: ['a'] }, NOW) as Record<string, unknown>
  return [{ id: 'o1', module: 'file/1', params }]
}

test('an action is run once, however often and by whichever way it comes', async t => {
  const { judge, happened, events, memory } = await parts(t)
  const { raw, id } = await mesh.signAction({ operations: await askFor() }, 'julien')
  const verdicts = await Promise.all([judge.take(raw), judge.take(raw), judge.take(raw)])
  verdicts.push(await judge.take(raw))
  assert.deepEqual(happened, [`run ${id}`])
  assert.deepEqual(
    verdicts.map(({ gossip, code }) => `${gossip} ${code}`),
    ['accept undefined', 'ignore known', 'ignore known', 'ignore known']
  )
  assert.equal(memory.decided(id), 'run')
  assert.deepEqual(
    events().map(event => [event.what, 'persons' in event && event.persons]),
    [['run', ['julien']]]
  )
})

test('chaos kill: what is recorded and not yet handed on is told from what was left over', async t => {
  const { judge, happened, memory } = await parts(t)
  const { raw, id } = await mesh.signAction({ operations: await askFor() }, 'julien')
  const taken = judge.take(raw)
  // A round that looks in between, while a slow disk syncs the ledger, must not answer `interrupted`.
  while (memory.decided(id) === undefined) await new Promise(setImmediate)
  assert.ok(judge.isDeciding(id) || happened.length > 0)
  await taken
  assert.equal(judge.isDeciding(id), false)
  assert.deepEqual(happened, [`run ${id}`])
})

test('what is for others is passed on, not run, and not asked for again', async t => {
  const { judge, happened, clock, memory } = await parts(t)
  const { raw, id } = await mesh.signAction({ operations: await askFor(), target: 'role=db' }, 'julien')
  const { gossip, code } = await judge.take(raw)
  assert.deepEqual([gossip, happened], ['accept', []])
  assert.notEqual(code, undefined)
  assert.equal(memory.decided(id), undefined)
  assert.deepEqual(judge.known(NOW), [id])
  clock.now = NOW + 2 * HOUR
  assert.deepEqual(judge.known(clock.now), [])
})

test('what the owner has switched off is refused, with an answer', async t => {
  const { judge, happened } = await parts(t)
  const { raw, id } = await mesh.signAction(
    { operations: await askFor(), disclosure: 'clear', note: toBase64(new Uint8Array(64)) },
    'julien',
    'sonia'
  )
  const { gossip, code } = await judge.take(raw)
  assert.deepEqual([gossip, code, happened], ['accept', 'disclosure-off', [`refuse disclosure-off ${id}`]])
})

test('a cancel stops what runs, and what comes after it', async t => {
  const { judge, happened, memory } = await parts(t)
  const operations = await askFor()
  const first = await mesh.signAction({ operations }, 'julien')
  await judge.take(first.raw)
  await judge.take(await mesh.signCancel(first.id, 'sonia'))
  const second = await mesh.signAction({ operations }, 'julien')
  const cancel = await mesh.signCancel(second.id, 'julien')
  assert.deepEqual(await judge.take(cancel), { gossip: 'accept', code: undefined })
  assert.deepEqual(await judge.take(cancel), { gossip: 'ignore', code: 'known' })
  await judge.take(second.raw)
  assert.deepEqual(happened, [
    `run ${first.id}`,
    `cancel ${first.id}`,
    `cancel ${second.id}`,
    `refuse cancelled ${second.id}`
  ])
  assert.equal(memory.decided(second.id), 'cancelled')
})

test('a cancel that gossip and two nodes bring at one moment stands in the ledger once', async t => {
  const { judge, happened, events } = await parts(t)
  const { raw, id } = await mesh.signAction({ operations: await askFor() }, 'julien')
  await judge.take(raw)
  const cancels = [await mesh.signCancel(id, 'sonia'), await mesh.signCancel(id, 'julien')]
  const said = await Promise.all([...cancels, ...cancels].map(cancel => judge.take(cancel)))
  assert.equal(said.filter(({ gossip }) => gossip === 'accept').length, 1)
  assert.deepEqual(happened, [`run ${id}`, `cancel ${id}`])
  assert.equal(events().filter(({ what }) => what === 'cancelled').length, 1)
})

test('a cancel by nobody cancels nothing', async t => {
  const { judge, happened, memory } = await parts(t)
  const other = await makeTestMesh()
  const { id } = await mesh.signAction({ operations: await askFor() }, 'julien')
  const { gossip } = await judge.take(await other.signCancel(id, 'julien'))
  assert.notEqual(gossip, 'accept')
  assert.deepEqual(happened, [])
  assert.equal(memory.isCancelled(id), false)
})

test('an action of a newer charter waits for it, and is run when it comes', async t => {
  const own = await makeTestMesh()
  const { judge, happened } = await parts(t, own)
  const next = await own.nextCharter()
  const { raw, id } = await own.signAction({ operations: await askFor(), charter: 2 }, 'julien')
  const { gossip, code } = await judge.take(raw)
  assert.deepEqual([gossip, code, happened], ['ignore', 'charter-newer', ['fetch']])
  assert.deepEqual(await judge.take(next), { gossip: 'accept', code: undefined })
  assert.deepEqual(happened, ['fetch', 'charter', `run ${id}`])
  assert.deepEqual(await judge.take(next), { gossip: 'ignore', code: 'known' })
})

test('an action whose time has not come is held, and run when it has', async t => {
  const { judge, happened, clock } = await parts(t)
  const { raw, id } = await mesh.signAction(
    { operations: await askFor(), validFrom: at(10 * MINUTE), expires: at(HOUR) },
    'julien'
  )
  assert.equal((await judge.take(raw)).gossip, 'ignore')
  await judge.retryHeld()
  assert.deepEqual(happened, [])
  clock.now = NOW + 6 * MINUTE
  await judge.retryHeld()
  assert.deepEqual(happened, [`run ${id}`])
})

test('what is held is bounded, the oldest goes', async t => {
  const own = await makeTestMesh()
  const { judge, happened } = await parts(t, own)
  const operations = await askFor()
  const [first, last] = [
    await own.signAction({ operations, charter: 2 }, 'julien'),
    await own.signAction({ operations, charter: 2 }, 'julien')
  ]
  await judge.take(first.raw)
  // Whoever names a newer charter is held before any signature is looked at, so it costs nothing to make.
  const { signatures } = decodeEnvelope(first.raw)
  for (let i = 1; i < LIMITS.held; i++) {
    const bytes = write(own.action({ operations, charter: 2 }))
    assert.equal((await judge.take(encodeEnvelope({ bytes, signatures }))).code, 'charter-newer')
  }
  await judge.take(last.raw)
  await judge.take(await own.nextCharter())
  assert.deepEqual(
    happened.filter(what => what.startsWith('run')),
    [`run ${last.id}`]
  )
})

test('garbage is turned away with what gossip needs to know, and never throws', async t => {
  const { judge, happened, events } = await parts(t)
  const { raw } = await mesh.signAction({ operations: await askFor() }, 'julien')
  const broken = raw.slice()
  broken[broken.length - 5]! ^= 1
  const stranger = await makeTestMesh()
  const foreign = await stranger.signAction({ operations: await askFor() }, 'julien')
  for (const bytes of [new Uint8Array(0), new Uint8Array([1, 2, 3]), foreign.raw])
    assert.equal((await judge.take(bytes)).gossip, 'reject')
  assert.notEqual((await judge.take(broken)).gossip, 'accept')
  assert.deepEqual(happened, [])
  assert.ok(events().every(({ what }) => what === 'turned-away'))
  assert.equal(events().length, 4)
  assert.equal((await judge.take(raw)).gossip, 'accept')
})

test('few checks about contents, again and again, end with the day’s rate of who may ask them alone', async t => {
  const { judge, happened } = await parts(t)
  const asks = async (contents: number, ...names: string[]) => {
    const flags = { path: ['/etc'], ...(contents > 0 && { content: Array(contents).fill('a') }) }
    const params = file.fromFlags(flags, NOW) as Record<string, unknown>
    const operations = [{ id: 'o1', module: 'file/1', params }]
    const { raw } = await mesh.signAction({ operations, nonce: toBase64(randomBytes(16)) }, ...names)
    await judge.take(raw)
    return happened.at(-1)!.replace(/ [0-9a-f]{64}$/, '')
  }
  const most = LIMITS.contentChecks
  for (let left = LIMITS.personContentChecksPerDay; left > 0; left -= most)
    assert.equal(await asks(Math.min(most, left), 'joe'), 'run')
  assert.equal(await asks(1, 'joe'), 'refuse rate')
  assert.equal(await asks(0, 'joe'), 'run')
  assert.equal(await asks(1, 'sonia'), 'run')
  assert.equal(await asks(most + 1, 'joe', 'julien'), 'run', 'the quorum of sensitive modules is not held up')
})
