import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codeOf } from '../../../../../src/errors.ts'
import { objectIn, parseJson } from '../../../../../src/modules/lib/container/json.ts'
import { powersOf } from '../../../../../src/modules/lib/container/oci-spec.ts'

const WORDS = [
  'process',
  'linux',
  'mounts',
  'capabilities',
  'bounding',
  'namespaces',
  'type',
  'path',
  'options',
  'env',
  'user'
]

test('any JSON is read to powers, or refused with a code', () => {
  const any = fc.object({ key: fc.constantFrom(...WORDS, '__proto__', 'toString'), maxDepth: 3, maxKeys: 4 })
  fc.assert(
    fc.property(any, value => {
      const powers = powersOf(objectIn(parseJson(Buffer.from(JSON.stringify(value)))))
      assert.ok(
        [...powers.mounts, ...powers.capabilities, ...powers.env].every(one => typeof one === 'string')
      )
      assert.equal(typeof powers.privileged, 'boolean')
    }),
    { numRuns: 25 }
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      try {
        parseJson(Buffer.from(text))
      } catch (error) {
        assert.equal(codeOf(error), 'unreadable')
      }
    })
  )
})

test('depth is counted outside of texts only', () => {
  const deep = (levels: number) => Buffer.from(`${'['.repeat(levels)}${']'.repeat(levels)}`)
  assert.ok(Array.isArray(parseJson(deep(64))))
  for (const bytes of [deep(65), deep(1_000_000), Buffer.from('['.repeat(100_000))])
    assert.throws(
      () => parseJson(bytes),
      error => codeOf(error) === 'unreadable'
    )
  const text = `\\"${'['.repeat(100)}`
  assert.deepEqual(parseJson(Buffer.from(`"${text}"`)), JSON.parse(`"${text}"`))
})
