import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeCbor, utf8Bytes } from '../../../../src/codec.ts'
import { documentId, encodeEnvelope } from '../../../../src/documents/envelope.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { ACTION_ENVELOPE, checkForm } from '../../../../src/trust/checks/form.ts'
import { stops } from '../../../support/stops.ts'

const bytes = utf8Bytes('{}')
const signature = new Uint8Array(64)

test('an envelope comes out with the id of its bytes alone', () => {
  const { envelope, id } = checkForm(encodeEnvelope({ bytes, signatures: [signature] }))
  assert.deepEqual(envelope, { bytes, signatures: [signature] })
  assert.equal(id, documentId(bytes))
  assert.equal(checkForm(encodeEnvelope({ bytes, signatures: [] })).id, id)
})

test('the largest action with the most and longest signatures fits', async () => {
  const signatures = Array.from({ length: LIMITS.signatures }, () => new Uint8Array(LIMITS.signatureBytes))
  const largest = encodeEnvelope({ bytes: new Uint8Array(LIMITS.actionBytes), signatures })
  assert.ok(largest.length <= ACTION_ENVELOPE)
  assert.equal(await stops(() => checkForm(largest)), 'passes')
})

test('what is no envelope, or too large a one, is rejected', async () => {
  const wrong: [Uint8Array, string][] = [
    [new Uint8Array(0), 'malformed'],
    [utf8Bytes('hello'), 'malformed'],
    [encodeCbor([bytes]), 'malformed'],
    [encodeCbor([bytes, [], []]), 'malformed'],
    [encodeCbor([bytes, [new Uint8Array(0)]]), 'malformed'],
    [encodeCbor([bytes, [new Uint8Array(LIMITS.signatureBytes + 1)]]), 'malformed'],
    [encodeCbor([bytes, Array(LIMITS.signatures + 1).fill(signature)]), 'too-large'],
    [new Uint8Array(ACTION_ENVELOPE + 1), 'too-large']
  ]
  for (const [raw, code] of wrong) assert.equal(await stops(() => checkForm(raw)), `reject ${code}`)
})
