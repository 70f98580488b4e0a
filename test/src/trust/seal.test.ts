import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeCbor, fromHex, sha256, toHex, utf8Bytes } from '../../../src/codec.ts'
import type { AnswerHeader } from '../../../src/documents/answer.ts'
import { LIMITS } from '../../../src/limits.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { paddedLength } from '../../../src/trust/pad.ts'
import {
  makeSealKey,
  open,
  openAnswer,
  openFacts,
  seal,
  sealAnswer,
  sealFacts
} from '../../../src/trust/seal.ts'
import { vectors } from '../../vectors.ts'

const mesh = 'a'.repeat(64)
const place = { mesh, action: 'b'.repeat(64), op: 'o1', agent: makeIdentity().peer, seq: 3, part: 0 }

const headerOf = (
  sealed: ReturnType<typeof sealAnswer>,
  change: Partial<AnswerHeader> = {}
): AnswerHeader => ({
  kind: 'gumshoe/answer/1',
  ...place,
  prev: 'c'.repeat(64),
  time: 1,
  last: true,
  charter: 1,
  digest: sealed.digest,
  length: sealed.length,
  commit: sealed.commit,
  ...change
})

test('an answer opens to what was sealed, at any size', () => {
  const key = makeSealKey()
  for (const size of [0, 1, 1019, 1020, 1021, 40_000]) {
    const plaintext = new Uint8Array(randomBytes(size))
    const sealed = sealAnswer(key.publicKey, place, plaintext)
    assert.deepEqual(openAnswer(key.privateKey, headerOf(sealed), sealed.body), plaintext)
  }
})

test('short answers have one length: a no looks like a yes', () => {
  const key = makeSealKey()
  const lengths = [0, 10, 500, 1020].map(
    size => sealAnswer(key.publicKey, place, new Uint8Array(size)).length
  )
  assert.equal(new Set(lengths).size, 1)
  assert.equal(lengths[0], 32 + 32 + LIMITS.paddedBytes + 16)
})

test('the commitment shows one answer to a third party without the key', () => {
  const blind = new Uint8Array(32).fill(9)
  const sealed = sealAnswer(makeSealKey().publicKey, place, utf8Bytes('found'), blind)
  assert.deepEqual(sealed.commit, sha256(blind, utf8Bytes('found')))
})

test('another body, place or commitment does not pass (T4: swapped answers)', () => {
  const key = makeSealKey()
  const sealed = sealAnswer(key.publicKey, place, utf8Bytes('found'))
  const other = sealAnswer(key.publicKey, { ...place, seq: 4 }, utf8Bytes('nothing'))
  const opening = (header: AnswerHeader, body: Uint8Array) => () => openAnswer(key.privateKey, header, body)
  assert.throws(opening(headerOf(sealed), other.body), { code: 'bad-signature' })
  assert.throws(opening(headerOf(sealed, { length: sealed.length + 1 }), sealed.body), {
    code: 'bad-signature'
  })
  assert.throws(opening(headerOf(other), other.body), { code: 'malformed' })
  for (const moved of [
    { seq: 4 },
    { part: 1 },
    { op: 'o2' },
    { action: 'd'.repeat(64) },
    { mesh: 'e'.repeat(64) }
  ])
    assert.throws(opening(headerOf(sealed, moved), sealed.body), { code: 'malformed' })
  assert.throws(opening(headerOf(sealed, { commit: other.commit }), sealed.body), { code: 'malformed' })
  assert.throws(() => openAnswer(makeSealKey().privateKey, headerOf(sealed), sealed.body), {
    code: 'malformed'
  })
})

test('an answer larger than a part is refused, not cut', () => {
  const big = new Uint8Array(LIMITS.bodyBytes)
  assert.throws(() => sealAnswer(makeSealKey().publicKey, place, big), { code: 'too-large' })
})

test('facts open at their own presence only', () => {
  const key = makeSealKey()
  const at = { mesh, peer: place.agent, counter: 7 }
  const box = sealFacts(key.publicKey, at, utf8Bytes('os'))
  assert.deepEqual(openFacts(key.privateKey, at, box), utf8Bytes('os'))
  assert.throws(() => openFacts(key.privateKey, { ...at, counter: 8 }, box), { code: 'malformed' })
  assert.throws(() => openFacts(key.privateKey, { ...at, peer: makeIdentity().peer }, box), {
    code: 'malformed'
  })
})

test('padding that says another length than it has is malformed', () => {
  const key = makeSealKey()
  const padded = new Uint8Array(LIMITS.paddedBytes)
  const at = { mesh, peer: place.agent, counter: 7 }
  for (const spoil of [
    (p: Uint8Array) => p.fill(255, 0, 4),
    (p: Uint8Array) => p.fill(1, 1023),
    (p: Uint8Array) => p.fill(9, 2, 3)
  ]) {
    const bad = padded.slice()
    spoil(bad)
    const good = sealFacts(key.publicKey, at, new Uint8Array(0))
    assert.equal(openFacts(key.privateKey, at, good).length, 0)
    const box = seal(key.publicKey, bad, AAD(at))
    assert.throws(() => openFacts(key.privateKey, at, box), { code: 'malformed' })
  }
  assert.deepEqual(open(key.privateKey, seal(key.publicKey, padded, AAD(at)), AAD(at)), padded)
})

const AAD = (at: { mesh: string; peer: string; counter: number }) =>
  encodeCbor([at.mesh, 'presence', at.peer, at.counter])

test('Padmé: at least as long, at most 12 % more, few lengths, never below 1 KiB', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1 << 24 }), length => {
      const padded = paddedLength(length)
      assert.ok(padded >= length && padded >= 1024)
      assert.ok(length <= 1024 || padded <= length * 1.12)
      assert.equal(paddedLength(padded), padded)
      assert.ok(paddedLength(length + 1) >= padded)
    })
  )
  // Table of the PURBs paper's algorithm: L = 9 → 10 has E = 3, S = 2; larger ones by hand.
  assert.deepEqual([1025, 1_000_000, 65_537].map(paddedLength), [1088, 1_015_808, 67_584])
})

test('what version 0.1 sealed opens as ever', () => {
  interface Sealed {
    privateKey: string
    plaintext: string
    body: string
  }
  const answer = vectors<Sealed & { place: typeof place; digest: string; commit: string }>(
    'sealed/answer.json'
  )
  const body = fromHex(answer.body)
  const header = {
    ...headerOf({
      body,
      digest: fromHex(answer.digest),
      length: body.length,
      commit: fromHex(answer.commit)
    }),
    ...answer.place
  }
  assert.equal(toHex(openAnswer(fromHex(answer.privateKey), header, body)), answer.plaintext)
  const facts = vectors<Sealed & { place: Parameters<typeof openFacts>[1] }>('sealed/facts.json')
  assert.equal(toHex(openFacts(fromHex(facts.privateKey), facts.place, fromHex(facts.body))), facts.plaintext)
})
