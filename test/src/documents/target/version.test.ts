import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareVersions } from '../../../../src/documents/target/version.ts'
import { vectors } from '../../../vectors.ts'

const sign = (a: string, b: string) => ['<', '=', '>'][Math.sign(compareVersions(a, b)) + 1]

test('every vector is ordered as it says, both ways', () => {
  for (const { a, order, b } of vectors<{ a: string; order: string; b: string }[]>('target/versions.json')) {
    assert.equal(sign(a, b), order, `${a} to ${b}`)
    assert.equal(sign(b, a), { '<': '>', '=': '=', '>': '<' }[order], `${b} to ${a}`)
  }
})

test('it is a total order: reflexive, antisymmetric, transitive', () => {
  const version = fc
    .array(fc.constantFrom('0', '1', '2', '10', '007', 'rc', 'alpha', 'p', 'amd', '.', '-', 'RC', '~'), {
      maxLength: 6
    })
    .map(list => list.join(''))
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.equal(sign(a, a), '=')
      assert.equal(Math.sign(compareVersions(a, b)), -Math.sign(compareVersions(b, a)) + 0)
      const [low, mid, high] = [a, b, c].sort(compareVersions) as [string, string, string]
      assert.ok(
        compareVersions(low, mid) <= 0 && compareVersions(mid, high) <= 0 && compareVersions(low, high) <= 0
      )
    }),
    { numRuns: 3_000 }
  )
})
