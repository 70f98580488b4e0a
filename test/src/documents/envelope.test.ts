import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sha256Hex } from '../../../src/codec.ts'
import { decodeEnvelope, documentId, encodeEnvelope } from '../../../src/documents/envelope.ts'
import { LIMITS } from '../../../src/limits.ts'

test('an envelope comes back byte for byte, and signatures do not change the id', () => {
  const part = fc.uint8Array({ minLength: 1, maxLength: 100 })
  fc.assert(
    fc.property(part, fc.array(part, { maxLength: LIMITS.signatures }), (bytes, signatures) => {
      const raw = encodeEnvelope({ bytes, signatures })
      assert.deepEqual(decodeEnvelope(raw), { bytes, signatures })
      assert.deepEqual(encodeEnvelope(decodeEnvelope(raw)), raw)
      assert.equal(documentId(decodeEnvelope(raw).bytes), sha256Hex(bytes))
    })
  )
})

test('an envelope above its size is refused before it is decoded', () => {
  const raw = encodeEnvelope({ bytes: new Uint8Array(100), signatures: [] })
  assert.equal(decodeEnvelope(raw, raw.length).bytes.length, 100)
  assert.throws(() => decodeEnvelope(raw, raw.length - 1), { code: 'too-large' })
  assert.throws(() => decodeEnvelope(new Uint8Array(LIMITS.charterBytes + 1)), { code: 'too-large' })
})
