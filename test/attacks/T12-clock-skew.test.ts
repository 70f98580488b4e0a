import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { encodeEnvelope } from '../../src/documents/envelope.ts'
import { write } from '../../src/documents/write.ts'
import { fileHolder } from '../../src/trust/key-holder.ts'
import { TestHost } from '../support/host.ts'
import { at, HOUR, MINUTE, makeTestMesh, NOW, SECOND, type TestMesh, testClock } from '../support/mesh.ts'

/**
 * T12. A clock that is off, by fault or by an attacker on the time service, makes a valid action look expired or an
 * expired one valid. Expected: within five minutes nothing changes, beyond it a code says so.
 */

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

const HOLD = 'hold not-yet-valid'
const EXPIRED = 'ignore expired'

/** What a host says whose clock is off by so many minutes: to a question just made for an hour, and to one of half an hour that ended 20 minutes ago. */
const TABLE: readonly [minutes: number, fresh: string, ended: string][] = [
  [-60, HOLD, HOLD],
  [-52.5, HOLD, 'accept'],
  [-45, HOLD, 'accept'],
  [-37.5, HOLD, 'accept'],
  [-30, HOLD, 'accept'],
  [-22.5, HOLD, 'accept'],
  [-15, HOLD, 'accept'],
  [-7.5, HOLD, EXPIRED],
  [0, 'accept', EXPIRED],
  [7.5, 'accept', EXPIRED],
  [15, 'accept', EXPIRED],
  [22.5, 'accept', EXPIRED],
  [30, 'accept', EXPIRED],
  [37.5, 'accept', EXPIRED],
  [45, 'accept', EXPIRED],
  [52.5, 'accept', EXPIRED],
  [60, 'accept', EXPIRED]
]

test('seventeen clocks from an hour late to an hour early', async () => {
  assert.equal(TABLE.length, 17)
  const fresh = await mesh.signAction({}, 'julien')
  const ended = await mesh.signAction({ validFrom: at(-50 * MINUTE), expires: at(-20 * MINUTE) }, 'julien')
  for (const [minutes, ...wanted] of TABLE) {
    const host = new TestHost(mesh)
    host.now = NOW + minutes * MINUTE
    assert.deepEqual([await host.say(fresh.raw), await host.say(ended.raw)], wanted, `${minutes} min`)
  }
})

test('the five minutes, to the second, at both ends', async () => {
  const { raw } = await mesh.signAction({}, 'julien')
  const says = (now: number) => {
    const host = new TestHost(mesh)
    host.now = now
    return host.say(raw)
  }
  assert.equal(await says(NOW - 5 * MINUTE - SECOND), HOLD)
  assert.equal(await says(NOW - 5 * MINUTE), 'accept')
  assert.equal(await says(NOW + HOUR + 5 * MINUTE), 'accept')
  assert.equal(await says(NOW + HOUR + 5 * MINUTE + SECOND), EXPIRED)
})

test('what is held for its time runs when that comes, once', async () => {
  const host = new TestHost(mesh)
  const { raw } = await mesh.signAction({ validFrom: at(HOUR), expires: at(2 * HOUR) }, 'julien')
  assert.equal(await host.say(raw), HOLD)
  host.now = NOW + HOUR
  assert.equal(await host.say(raw), 'accept')
  host.now = NOW
  assert.equal(await host.say(raw), 'ignore known')
})

test('the clock of the signer is not judged: OpenPGP would refuse a signature from the future', async () => {
  for (const offset of [-HOUR, -MINUTE, MINUTE, HOUR]) {
    const clock = { ...testClock, now: () => NOW + offset }
    const holder = await fileHolder(mesh.who('julien').key.secret, undefined, clock)
    const bytes = write(mesh.action())
    const raw = encodeEnvelope({ bytes, signatures: [await holder.sign(bytes)] })
    assert.equal(await new TestHost(mesh).say(raw), 'accept', `${offset} ms`)
  }
})

test('a clock that is stepped back brings nothing back that ran', async () => {
  const host = new TestHost(mesh)
  const { raw } = await mesh.signAction({}, 'julien')
  host.now = NOW + 30 * MINUTE
  assert.equal(await host.say(raw), 'accept')
  host.now = NOW
  host.restart()
  assert.equal(await host.say(raw), 'ignore known')
})
