import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { fromHex, sameBytes } from '../src/codec.ts'
import { decodeEnvelope, documentId, encodeEnvelope } from '../src/documents/envelope.ts'
import { KINDS, type Kind, kindOf, read } from '../src/documents/read.ts'
import { write } from '../src/documents/write.ts'
import { codeOf, GumshoeError } from '../src/errors.ts'
import { vectors, vectorsOf } from './vectors.ts'

interface Vector {
  why: string
  expect: string
  id: string
  hex: string
}

const namesIn = (directory: string): string[] => {
  const names = readdirSync(new URL(`./vectors/${directory}/`, import.meta.url))
  assert.ok(names.length > 0, directory)
  return names.map(name => `${directory}/${name}`).sort()
}

const outcome = (act: () => void): string => {
  try {
    act()
    return 'ok'
  } catch (error) {
    assert.ok(error instanceof GumshoeError, `not ours: ${error}`)
    assert.match(error.message, /^[ -~…]{1,400}$/, 'a sentence that is harmless to print')
    return codeOf(error)
  }
}

for (const kind of Object.keys(KINDS) as Kind[]) {
  test(`the frozen vectors of ${kind} read as ever`, () => {
    const files = namesIn(vectorsOf(kind))
    let refused = 0
    for (const file of files) {
      const { expect, id, hex, why } = vectors<Vector>(file)
      const bytes = fromHex(hex)
      assert.equal(documentId(bytes), id, file)
      assert.equal(
        outcome(() => read(bytes, kind)),
        expect,
        `${file}: ${why}`
      )
      if (expect !== 'ok') refused++
      else assert.ok(sameBytes(write(read(bytes, kind)), bytes), `${file} is written as it was read`)
    }
    assert.ok(refused > files.length / 2, `${refused} of ${files.length} vectors are refusals`)
  })
}

test('the frozen vectors of envelopes read as ever', () => {
  for (const file of namesIn('envelope')) {
    const { expect, hex, why } = vectors<Vector>(file)
    const raw = fromHex(hex)
    assert.equal(
      outcome(() => decodeEnvelope(raw)),
      expect,
      `${file}: ${why}`
    )
    if (expect === 'ok') assert.ok(sameBytes(encodeEnvelope(decodeEnvelope(raw)), raw), file)
  }
})

test('every kind has vectors, and reads as no other kind', () => {
  for (const kind of Object.keys(KINDS) as Kind[]) {
    const bytes = fromHex(vectors<Vector>(`${vectorsOf(kind)}/full.json`).hex)
    assert.equal(kindOf(bytes), kind)
    for (const other of Object.keys(KINDS) as Kind[])
      if (other !== kind)
        assert.equal(
          outcome(() => read(bytes, other)),
          'unknown-kind'
        )
  }
})
