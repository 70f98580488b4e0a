import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { encodeCbor, utf8Bytes } from '../../src/codec.ts'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { LIMITS } from '../../src/limits.ts'
import { TestHost } from '../support/host.ts'
import { makeTestMesh, signedBy, type TestMesh } from '../support/mesh.ts'

/**
 * T19, at the gate. A member sends what was made to crash a parser, to fill memory or to change what objects are; an
 * investigator signs it. Expected: a verdict with a code, never a throw, and nothing runs that is not an action.
 */

let mesh: TestMesh
let host: TestHost
let good: Uint8Array
before(async () => {
  mesh = await makeTestMesh()
  host = new TestHost(mesh)
  good = (await mesh.signAction({}, 'julien')).raw
})

test('any bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async raw => {
      assert.match(await host.say(raw), /^reject (malformed|not-canonical|too-large)$/)
    }),
    { numRuns: 1_000 }
  )
})

test('a true envelope, cut, filled and spliced anywhere', async () => {
  const true_ = Buffer.from(good)
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(40), fc.uint8Array({ maxLength: 40 }), async (place, cut, put) => {
      const from = place % true_.length
      const raw = Buffer.concat([true_.subarray(0, from), put, true_.subarray(from + cut)])
      if (raw.equals(true_)) return
      const verdict = await host.offer(new Uint8Array(raw))
      // A change in the unhashed area of the signature leaves it true.
      if (verdict.kind === 'accept')
        assert.deepEqual(decodeEnvelope(new Uint8Array(raw)).bytes, decodeEnvelope(good).bytes)
      else assert.match(verdict.kind, /^(reject|ignore|hold)$/)
    }),
    { numRuns: 2_000 }
  )
  assert.ok(host.ran.length <= 1)
})

test('hostile documents that an investigator signed', async () => {
  const action = mesh.action()
  const json = (change: object) => utf8Bytes(JSON.stringify({ ...action, ...change }))
  const hostile = [
    utf8Bytes('['.repeat(100_000)),
    utf8Bytes('{"kind":"gumshoe/action/1","__proto__":{"polluted":1}}'),
    utf8Bytes(`{"kind":"gumshoe/action/1","a":"${'\\ud800'}"}`),
    json({ operations: Array(10_000).fill(action.operations[0]) }),
    json({ operations: [{ ...action.operations[0], id: '__proto__' }] }),
    json({ target: `${'not '.repeat(1_000)}all` }),
    json({ target: '('.repeat(2_000) }),
    json({ target: `hostname~"${'*a'.repeat(2_000)}"` }),
    json({ target: `id in (${'a,'.repeat(2_000)}a)` }),
    json({ limits: { rows: Number.MAX_VALUE } }),
    json({ ceilingPpm: 0.5 }),
    json({ readers: Array(10_000).fill('x') }),
    encodeCbor({ ...action }),
    new Uint8Array(LIMITS.actionBytes)
  ]
  for (const bytes of hostile) {
    const raw = await signedBy(bytes, mesh.who('julien'))
    assert.match(await host.say(raw), /^(reject|ignore) /)
  }
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
})

test('targets of any form are answered by every host, and those that are long are still judged', async () => {
  const name = fc.constantFrom('role', 'os', 'hostname', 'ip', 'id', 'version', 'x')
  const value = fc.constantFrom('web', '"*a*b*c*"', '10.0.0.0/8', '1.2.3', '"', '', 'in', '\\')
  const part = fc
    .tuple(name, fc.constantFrom('=', '!=', '~', '<', ' in (', ' in '), value)
    .map(words => words.join(''))
  const target = fc.array(fc.oneof(part, fc.constantFrom('and', 'or', 'not', '(', ')', 'all')), {
    maxLength: 40
  })
  await fc.assert(
    fc.asyncProperty(target, async words => {
      const text = words.join(' ')
      if (text === '') return
      const { raw } = await mesh.signAction({ target: text }, 'julien')
      assert.match(
        await host.say(raw),
        /^(accept|ignore not-targeted|reject (bad-target|not-canonical)|refuse rate)$/
      )
    }),
    { numRuns: 300 }
  )
})

test('signatures of any form', async () => {
  const { bytes, signatures } = decodeEnvelope((await mesh.signAction({}, 'julien')).raw)
  const [signature] = signatures as [Uint8Array]
  const fresh = new TestHost(mesh)
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 8 }),
        fc.tuple(fc.nat(), fc.nat(255)).map(([place, byte]) => {
          const altered = Uint8Array.from(signature)
          altered[place % altered.length] = byte
          return [altered]
        })
      ),
      async some => {
        const said = await fresh.say(encodeEnvelope({ bytes, signatures: some }))
        assert.match(said, /^(accept|reject (malformed|bad-signature)|ignore (unknown-signer|known))$/)
      }
    ),
    { numRuns: 1_000 }
  )
  assert.ok(fresh.ran.length <= 1)
})
