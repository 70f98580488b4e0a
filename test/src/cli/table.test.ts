import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { aligned, cut, fitting, fold } from '../../../src/cli/table.ts'

test('a text is cut to cells, not to characters', () => {
  assert.equal(cut('abcdef', 4), 'abc…')
  assert.equal(cut('日本語', 4), '日…')
  assert.equal(cut('ab', 4), 'ab')
})

test('columns are aligned, the widest gives way, and no cell breaks its line', () => {
  assert.deepEqual(
    aligned(
      ['value', 'path'],
      [
        ['v1', '/etc/passwd'],
        ['v10', '/a']
      ],
      80
    ),
    ['value  path', 'v1     /etc/passwd', 'v10    /a']
  )
  const narrow = aligned(['value', 'path', 'where'], [['v1', '/usr/lib/apache2/modules/x.so', 'web-01']], 30)
  assert.deepEqual(narrow, ['value  path             where', 'v1     /usr/lib/apach…  web-01'])
  assert.deepEqual(aligned(['a'], [['one\ntwo\x1b[2J']], 80), ['a', 'one\\x0atwo\\x1b[2J'])
})

test('what folds loses nothing, stays within the width and is continued below itself', () => {
  const line =
    'policy   inspect/clear: weight 2 of your 1   NOT REACHED: who could sign: anna (weight 2), bert (weight 2)'
  const folded = fold(line, 60)
  assert.ok(folded.length > 1)
  for (const part of folded) assert.ok(stringWidth(part) <= 60, part)
  assert.ok(folded.slice(1).every(part => /^ {9}\S/.test(part)))
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z=(),]{1,60}$/), { minLength: 1 }),
      fc.integer({ min: 40, max: 120 }),
      (words, width) => {
        const parts = fold(words.join(' '), width)
        assert.ok(parts.every(part => stringWidth(part) <= width))
        assert.equal(parts.join('').replace(/ /g, ''), words.join(''))
      }
    )
  )
})

test('columns give way from the right, those that are needed stay', () => {
  const heads = ['value', 'path', 'size', 'owner', 'where']
  const rows = [['v1', '/usr/lib/apache2/modules', '48120', 'root', 'web-07']]
  const shown = (width: number) => fitting(heads, rows, width, ['value', 'path', 'where']).map(i => heads[i])
  assert.deepEqual(shown(100), heads)
  assert.deepEqual(shown(50), ['value', 'path', 'size', 'where'])
  assert.deepEqual(shown(20), ['value', 'path', 'where'])
})
