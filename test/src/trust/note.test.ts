import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toBase64 } from '../../../src/codec.ts'
import { makePair } from '../../../src/trust/hpke.ts'
import { noteIsSealed, openNote, sealNote } from '../../../src/trust/note.ts'
import { makeSealKey } from '../../../src/trust/seal.ts'

const key = makeSealKey()
const place = { mesh: 'a'.repeat(64), nonce: toBase64(new Uint8Array(16)), sealTo: toBase64(key.publicKey) }

test('a note opens to what was written, for its own action only', () => {
  const note = { title: 'Apache module', reason: 'advisory AA26-317', case: 'INC-42' }
  const sealed = sealNote(place, note)
  assert.deepEqual(openNote(key.privateKey, { ...place, note: sealed }), note)
  assert.equal(openNote(key.privateKey, place), undefined)
  const moved = { ...place, nonce: toBase64(new Uint8Array(16).fill(1)), note: sealed }
  assert.throws(() => openNote(key.privateKey, moved), { code: 'malformed' })
})

test('a co-signer sees whether the note that he is shown is the one inside', () => {
  const ephemeral = makePair()
  const note = sealNote(place, { reason: 'real' }, ephemeral)
  const action = { ...place, note }
  assert.equal(noteIsSealed(action, { reason: 'real' }, ephemeral.privateKey), true)
  assert.equal(noteIsSealed(action, { reason: 'harmless' }, ephemeral.privateKey), false)
  assert.equal(noteIsSealed(action, { reason: 'real' }, makePair().privateKey), false)
})

test('invisible characters are refused before they are sealed', () => {
  assert.throws(() => sealNote(place, { reason: 'harm\u202eless' }), { code: 'bad-params' })
})
