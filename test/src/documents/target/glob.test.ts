import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { matchGlob } from '../../../../src/documents/target/glob.ts'
import { vectors } from '../../../vectors.ts'

test('every vector matches as it says', () => {
  for (const { glob, text, match } of vectors<{ glob: string; text: string; match: boolean }[]>(
    'target/globs.json'
  ))
    assert.equal(matchGlob(glob, text), match, `${glob} over ${text}`)
})

test('it agrees with the plain recursive definition', () => {
  const slow = (glob: string, text: string): boolean => {
    if (glob === '') return text === ''
    if (glob[0] === '*') return slow(glob.slice(1), text) || (text !== '' && slow(glob, text.slice(1)))
    return text !== '' && (glob[0] === '?' || glob[0] === text[0]) && slow(glob.slice(1), text.slice(1))
  }
  const globs = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 7 }).map(list => list.join(''))
  const texts = fc.array(fc.constantFrom('a', 'b'), { maxLength: 9 }).map(list => list.join(''))
  fc.assert(
    fc.property(globs, texts, (glob, text) => assert.equal(matchGlob(glob, text), slow(glob, text))),
    { numRuns: 3_000 }
  )
})

test('many stars over the longest value end at once', () => {
  assert.equal(matchGlob(`${'a*'.repeat(2_000)}b`, 'a'.repeat(255)), false)
  assert.equal(matchGlob('*a'.repeat(250), 'a'.repeat(255)), true)
})
