import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sizeOf } from '../../../src/modules/lib/run-limits.ts'
import type { Cell, Column } from '../../../src/modules/spec.ts'
import { fromChannel, toChannel } from '../../../src/run/rows.ts'

const column = (type: Column['type']): Column => ({ type, secrecy: 'plain', doc: '' })
const spec = {
  columns: {
    size: column('count'),
    at: column('time'),
    here: column('bool'),
    words: column('text'),
    digest: column('bytes'),
    path: column('path')
  }
}

const bytes = fc.uint8Array({ maxLength: 40 }).map(array => new Uint8Array(array))
const row = fc.record(
  {
    size: fc.maxSafeInteger(),
    at: fc.maxSafeInteger(),
    here: fc.boolean(),
    words: fc.string({ unit: 'grapheme' }).filter(text => text.isWellFormed()),
    digest: bytes,
    path: bytes
  },
  { requiredKeys: [] }
)

test('a row that its module may yield comes through the channel unchanged', () => {
  fc.assert(
    fc.property(row, given => {
      const back = fromChannel(JSON.parse(JSON.stringify(toChannel(given as Record<string, Cell>))), spec)
      assert.deepEqual(back, { ...given })
    })
  )
})

test('anything else is no row, and never throws', () => {
  for (const wrong of [
    null,
    1,
    'row',
    [],
    [{ size: 1 }],
    { size: 1.5 },
    { size: '1' },
    { size: null },
    { here: 1 },
    { words: '\ud800' },
    { words: { b: 'aa' } },
    { path: '/etc' },
    { path: { b: 7 } },
    { other: 1 },
    { constructor: 1 },
    JSON.parse('{"__proto__": 1}')
  ])
    assert.equal(fromChannel(wrong, spec), undefined, JSON.stringify(wrong))
  fc.assert(fc.property(fc.jsonValue(), value => void fromChannel(value, spec)))
})

test('the size of a row grows with what is in it', () => {
  assert.ok(sizeOf({ words: 'a'.repeat(1_000) }) >= 1_000)
  assert.ok(sizeOf({ path: new Uint8Array(500) }) >= 500)
  assert.ok(sizeOf({ size: 1 }) > 0)
})
