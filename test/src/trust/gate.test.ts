import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { decodeEnvelope, encodeEnvelope } from '../../../src/documents/envelope.ts'
import { LIMITS } from '../../../src/limits.ts'
import { forwardable, gate, gateAgain } from '../../../src/trust/gate.ts'
import { assertPermit } from '../../../src/trust/permit.ts'
import { Seen } from '../../../src/trust/seen.ts'
import { TestHost, testChecks } from '../../support/host.ts'
import { at, DAY, HOUR, MINUTE, makeTestMesh, NOW, type TestMesh } from '../../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

test('a question of one investigator runs, once, with its record written first', async () => {
  const host = new TestHost(mesh)
  const { raw, id } = await mesh.signAction({}, 'joe')
  const verdict = await gate(raw, host.context())
  assert.ok(verdict.kind === 'accept')
  assert.equal(host.records.get(id), 'run')
  const { value, action } = verdict
  assert.deepEqual([value.id, value.envelope, value.action.target], [id, raw, 'all'])
  assert.equal(value.signers[0]?.person.name, 'joe')
  assert.equal(action.id, id)
  assertPermit(value, value.operations[0]!.operation)
  assert.equal(await host.say(raw), 'ignore known')
  assert.equal(host.verifications, 1)
})

test('after a restart the record says what ran, before any crypto', async () => {
  const host = new TestHost(mesh)
  const { raw } = await mesh.signAction({}, 'joe')
  assert.equal(await host.say(raw), 'accept')
  host.restart()
  assert.equal(await host.say(raw), 'ignore known')
  assert.equal(host.verifications, 1)
})

test('where the record can’t be written nothing runs, and the action may come again', async () => {
  const host = new TestHost(mesh)
  const { raw, id } = await mesh.signAction({}, 'joe')
  const broken = { record: () => Promise.reject(new Error('disk full')) }
  const verdict = await gate(raw, host.context(broken))
  assert.deepEqual([verdict.kind, verdict.kind === 'ignore' && verdict.code], ['ignore', 'internal'])
  assert.equal(host.records.has(id), false)
  assert.equal(await host.say(raw), 'accept')
})

test('the same when it is a refusal that can’t be written', async () => {
  const host = new TestHost(mesh, { settings: { modulesOff: ['file/1'] } })
  const { raw } = await mesh.signAction({}, 'joe')
  assert.equal(
    await host.say(raw, { record: () => Promise.reject(new Error('disk full')) }),
    'ignore internal'
  )
  assert.equal(await host.say(raw), 'refuse module-off')
})

test('what this host alone decides is refused once, recorded, and forwarded all the same', async () => {
  const refusals: [
    Parameters<typeof mesh.signAction>[0],
    ConstructorParameters<typeof TestHost>[1],
    string
  ][] = [
    [{}, { settings: { modulesOff: ['file/1'] } }, 'module-off'],
    [{}, { settings: { disclosuresOff: ['hashed'] } }, 'disclosure-off'],
    [{}, { settings: { fenceAtLeast: { inspect: 'full' } } }, 'fence'],
    [{}, { modules: new Map() }, 'unknown-module'],
    [{ operations: [{ id: 'o1', module: 'file/1', params: {} }] }, {}, 'bad-params'],
    [{ ceilingPpm: 1 }, {}, 'ceiling']
  ]
  for (const [change, init, code] of refusals) {
    const host = new TestHost(mesh, init)
    const { raw, id } = await mesh.signAction(change, 'joe')
    const verdict = await host.offer(raw)
    assert.ok(verdict.kind === 'refuse', code)
    assert.deepEqual([verdict.code, verdict.action.id, host.records.get(id)], [code, id, code])
    assert.equal(host.forwarded, 1)
    host.restart()
    assert.equal(await host.say(raw), 'ignore known')
  }
})

test('a host that the target does not name says nothing, but forwards', async () => {
  const host = new TestHost(mesh, { self: { tags: ['role=db'] }, settings: { modulesOff: ['file/1'] } })
  const { raw, id } = await mesh.signAction({ target: 'role=web' }, 'joe')
  const verdict = await host.offer(raw)
  assert.deepEqual([verdict.kind, verdict.action?.id, host.records.has(id)], ['ignore', id, false])
})

test('cancelled in advance: answered so, and not run', async () => {
  const host = new TestHost(mesh)
  const { raw, id } = await mesh.signAction({}, 'joe')
  host.cancelled.add(id)
  assert.equal(await host.say(raw), 'refuse cancelled')
  assert.equal(host.records.get(id), 'cancelled')
})

test('a widening action runs where the narrower one was refused, not where it ran', async () => {
  const host = new TestHost(mesh)
  const narrow = await mesh.signAction({ ceilingPpm: 1 }, 'joe')
  assert.equal(await host.say(narrow.raw), 'refuse ceiling')
  const wide = await mesh.signAction({ widens: narrow.id }, 'joe')
  assert.equal(await host.say(wide.raw), 'accept')
  const wider = await mesh.signAction({ widens: wide.id }, 'joe')
  assert.equal(await host.say(wider.raw), 'ignore known')
})

test('the floor and the rate of a person', async () => {
  const low = new TestHost(mesh, { floor: NOW + HOUR })
  assert.equal(await low.say((await mesh.signAction({}, 'joe')).raw), 'ignore expired')
  const host = new TestHost(mesh)
  const most = mesh.charter.policy.personActionsPer10Min
  for (let i = 0; i < most; i++)
    assert.equal(await host.say((await mesh.signAction({}, 'joe')).raw), 'accept')
  assert.equal(await host.say((await mesh.signAction({}, 'joe')).raw), 'refuse rate')
  assert.equal(await host.say((await mesh.signAction({}, 'sonia')).raw), 'accept')
})

test('what every node judges: held, ignored or rejected, and never forwarded', async () => {
  const host = new TestHost(mesh)
  const { raw: good } = await mesh.signAction({}, 'joe')
  const { bytes } = decodeEnvelope(good)
  const sign = async (change: object, ...names: string[]) => (await mesh.signAction(change, ...names)).raw
  const table: [Uint8Array, string][] = [
    [new Uint8Array(9), 'reject malformed'],
    [encodeEnvelope({ bytes: bytes.subarray(1), signatures: [] }), 'reject malformed'],
    [await sign({ mesh: 'b'.repeat(64) }, 'joe'), 'reject wrong-mesh'],
    [await sign({ target: 'role = web' }, 'joe'), 'reject not-canonical'],
    [await sign({ charter: 2 }, 'joe'), 'hold charter-newer'],
    [await sign({ validFrom: at(HOUR), expires: at(2 * HOUR) }, 'joe'), 'hold not-yet-valid'],
    [await sign({ validFrom: at(-2 * HOUR), expires: at(-HOUR) }, 'joe'), 'ignore expired'],
    [await sign({ expires: at(30 * DAY) }, 'joe'), 'ignore window'],
    [await sign({}), 'ignore unsigned'],
    [await sign({ disclosure: 'clear' }, 'joe'), 'ignore quorum'],
    [await sign({ disclosure: 'clear' }, 'sonia'), 'ignore policy'],
    [await sign({ operations: [{ id: 'o1', module: 'other/1', params: {} }] }, 'sonia'), 'ignore policy'],
    [await sign({ readers: ['e'.repeat(40)] }, 'sonia'), 'ignore policy']
  ]
  for (const [raw, wanted] of table) {
    assert.equal(await host.say(raw), wanted)
    const context = { now: NOW, chain: mesh.chain, seen: new Seen(), contentChecks: testChecks }
    const verdict = await forwardable(raw, context)
    assert.ok(verdict.kind !== 'accept' && `${verdict.kind} ${verdict.code}` === wanted, wanted)
    assert.equal(verdict.action, undefined)
  }
  assert.deepEqual([host.ran, host.forwarded, host.records.size], [[], 0, 0])
})

test('an action that names its attachments in no form is not forwarded, and nobody is blamed for it', async () => {
  const params = { lists: [{ attachment: 'no hash', bytes: 1 }] }
  const { raw } = await mesh.signAction({ operations: [{ id: 'o1', module: 'file/1', params }] }, 'joe')
  const host = new TestHost(mesh)
  assert.equal(await host.say(raw), 'ignore bad-params')
  const forwarded = await forwardable(raw, host.context())
  assert.deepEqual([forwarded.kind, 'code' in forwarded && forwarded.code], ['ignore', 'bad-params'])
  assert.equal(host.verifications, 0)
})

test('forwarding: accepted once, whatever this node is', async () => {
  const context = { now: NOW, chain: mesh.chain, seen: new Seen(), contentChecks: testChecks }
  const { raw, id } = await mesh.signAction({ target: 'role=db' }, 'joe')
  const verdict = await forwardable(raw, context)
  assert.ok(verdict.kind === 'accept' && verdict.value.id === id)
  assert.equal((await forwardable(raw, context)).kind, 'ignore')
})

test('an unknown failure is ignored: no crash, no penalty', async () => {
  const host = new TestHost(mesh)
  const { raw } = await mesh.signAction({}, 'joe')
  const self = {
    peer: 'x',
    get tags(): readonly string[] {
      throw new TypeError('broken')
    }
  }
  const { raw: tagged } = await mesh.signAction({ target: 'role=web' }, 'joe')
  assert.equal(await host.say(tagged, { self }), 'ignore internal')
  assert.equal(await host.say(tagged), 'accept')
  assert.equal(await host.say(raw), 'accept')
})

test('an action is judged by the newest charter held, from one end to the other', async () => {
  const own = await makeTestMesh()
  const host = new TestHost(own)
  const { raw } = await own.signAction({}, 'joe')
  const { raw: other } = await own.signAction({}, 'joe')
  assert.equal(await host.say(raw), 'accept')
  await own.advance(own.revoked('persons', 'joe'))
  assert.equal(await host.say(other), 'ignore revoked')
})

test('what was signed long before it begins does not run, though its window is open now', async () => {
  const host = new TestHost(mesh)
  const opens = LIMITS.windowMaxMs + MINUTE
  const { raw } = await mesh.signAction({ validFrom: at(opens), expires: at(opens + HOUR) }, 'joe')
  host.now = NOW + opens
  assert.equal(await host.say(raw), 'ignore window')
  assert.deepEqual(host.ran, [])
})

test('what goes on is judged once more, by all that may have changed, and nothing else comes that way', async () => {
  const own = await makeTestMesh()
  const host = new TestHost(own)
  const { raw } = await own.signAction({}, 'joe')
  const again = async (change: Parameters<TestHost['context']>[0] = {}): Promise<string> => {
    const records = host.records.size
    const verdict = await gateAgain(raw, host.context(change))
    assert.equal(host.records.size, records, 'it records nothing')
    if (verdict.kind !== 'accept') return `${verdict.kind} ${verdict.code}`
    assertPermit(verdict.value, verdict.value.operations[0]!.operation)
    return 'accept'
  }
  assert.equal(await again(), 'ignore known', 'it was never accepted')
  assert.equal(await host.say(raw), 'accept')
  assert.equal(await again(), 'accept')
  assert.equal(await again({ now: NOW + HOUR + LIMITS.clockSkewMs + 1 }), 'ignore expired')
  assert.equal(await again({ floor: NOW + HOUR }), 'ignore expired')
  assert.equal(await again({ cancelled: () => true }), 'ignore cancelled')
  const settings = { ...host.settings, modulesOff: ['file/1'] }
  assert.equal(await again({ settings }), 'ignore module-off')
  const held = { ...host.settings, fenceAtLeast: { inspect: 'full' as const } }
  assert.equal(await again({ settings: held }), 'ignore fence')
  assert.equal(await again({ modules: new Map() }), 'ignore unknown-module')
  assert.equal(await again({ decided: () => 'rate' }), 'ignore known', 'a refusal does not become a run')
  await own.advance(own.revoked('persons', 'joe'))
  assert.match(await again(), /^ignore (quorum|revoked|unknown-signer|unsigned)$/)
})
