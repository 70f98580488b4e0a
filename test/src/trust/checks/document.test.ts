import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeJson, utf8Bytes } from '../../../../src/codec.ts'
import { checkDocument } from '../../../../src/trust/checks/document.ts'
import { SAMPLES } from '../../../samples.ts'
import { stops } from '../../../support/stops.ts'

const action = SAMPLES['gumshoe/action/1']
const says = (change: object) => stops(() => checkDocument(encodeJson({ ...action, ...change })))
const reveal = (params: object) => ({ operations: [{ id: 'o1', module: 'reveal/1', params }] })
const good = { action: 'b'.repeat(64), op: 'o1', module: 'file/1', commitments: ['c'.repeat(32)] }

test('an action comes out with its target parsed', () => {
  const result = checkDocument(encodeJson(action))
  assert.deepEqual(result.action, action)
  assert.equal(result.target.type, 'and')
})

test('what is not in its canonical form, or not of the schema, is rejected', async () => {
  assert.equal(await stops(() => checkDocument(utf8Bytes('{ }'))), 'reject not-canonical')
  assert.equal(await stops(() => checkDocument(utf8Bytes('{'))), 'reject malformed')
  assert.equal(await says({ extra: 1 }), 'reject malformed')
  assert.equal(await says({ nonce: undefined }), 'reject malformed')
})

test('a target is in its canonical text and means something', async () => {
  assert.equal(await says({ target: 'role=web' }), 'passes')
  assert.equal(await says({ target: 'role = web' }), 'reject not-canonical')
  assert.equal(await says({ target: 'role=web and' }), 'reject bad-target')
})

test('the parameters of a reveal are of its form', async () => {
  assert.equal(await says(reveal(good)), 'passes')
  assert.equal(await says(reveal({ ...good, commitments: [] })), 'reject bad-params')
  assert.equal(await says(reveal({ ...good, more: 1 })), 'reject bad-params')
})

test('a kind that is not known here may be forwarded by a newer node in good faith', async () => {
  assert.equal(await says({ kind: 'gumshoe/action/3' }), 'ignore unknown-kind')
})
