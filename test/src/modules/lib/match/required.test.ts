import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { requiredTexts } from '../../../../../src/modules/lib/match/required.ts'

const of = (source: string) => requiredTexts(source)?.map(({ text }) => text)

test('the texts of which every match holds one', () => {
  for (const [source, ...texts] of [
    ['password=hunter[0-9]+', 'password=hunter'],
    ['(?i)(eval|exec)\\s*\\(\\s*b64_decode', 'b64_decode'],
    ['a\\.b\\.c', 'a.b.c'],
    ['ab+cde', 'cde'],
    ['abcd{0,3}', 'abc'],
    ['\\x41BCD', 'BCD'],
    ['(abcdef)', 'abcdef'],
    ['(?i)(evil|rootkit)-[0-9]{2,5}', 'evil-', 'rootkit-', 'root\xe2\x84\xaait-'],
    ['abc|def', 'abc', 'def'],
    ['(abc|def)?ghi', 'ghi'],
    ['(abc|def){0,2}ghi', 'ghi'],
    ['(?:abcd|efgh(?P<n>ijkl|mnop))+', 'abcd', 'efghijkl', 'efghmnop'],
    ['(abcd|x)(efg)', 'abcdefg', 'xefg'],
    ['x(a|b)+cdef', 'cdef'],
    ['^abc\\b\\|def$', '|def'],
    ['abc[|]def(g|)', 'abc'],
    ['(a|b|c|d|e)(f|g|h|i|j)klm(n|o|p|q|r)', 'fklm', 'gklm', 'hklm', 'iklm', 'jklm']
  ] as const)
    assert.deepEqual(of(source)?.sort(), [...texts].sort(), source)
  for (const none of [
    'a|bcd',
    'abc?d',
    '(?s)abc',
    '[abc]de',
    'ab(?i)cd',
    '(?i:abc)',
    '(abc)?',
    '(abc|)',
    'ab',
    ''
  ])
    assert.equal(of(none), undefined, none)
})

test('no match lacks them, whatever the expression', () => {
  const atom = fc.constantFrom('abc', 'AbC', 'ask', '.', '[ab]', 'é', 'xyz', 'abc')
  const { source } = fc.letrec<{ source: string; part: string }>(tie => ({
    part: fc.oneof(
      { depthSize: 'small' },
      atom,
      atom.map(a => `${a}+`),
      atom.map(a => `${a}?`),
      tie('source').map(s => `(${s})`),
      tie('source').map(s => `(?:${s})*`),
      tie('source').map(s => `(${s}){1,2}`)
    ),
    source: fc.oneof(
      { depthSize: 'small' },
      fc.array(tie('part'), { minLength: 1, maxLength: 4 }).map(parts => parts.join('')),
      fc.array(tie('part'), { minLength: 2, maxLength: 3 }).map(parts => parts.join('|'))
    )
  }))
  const pieces = fc.constantFrom(
    'abc',
    'ABC',
    'aBc',
    'K',
    'ask',
    'aſk',
    '.',
    'é',
    'xyz',
    'XYZ',
    '1',
    'a',
    'b'
  )
  let sure = 0
  fc.assert(
    fc.property(source, fc.boolean(), fc.array(pieces, { maxLength: 12 }), (plain, ignoreCase, parts) => {
      const whole = ignoreCase ? `(?i)${plain}` : plain
      const required = requiredTexts(whole)
      const text = parts.join('')
      if (required === undefined || whole.length > 200 || !RE2JS.compile(whole).test(text)) return
      sure++
      const line = Buffer.from(text).toString('latin1')
      const folded = (bytes: string) =>
        ignoreCase ? bytes.replace(/[A-Z]/g, letter => letter.toLowerCase()) : bytes
      assert.ok(
        required.some(({ text }) => folded(line).includes(folded(text))),
        `${whole} in ${line}: ${of(whole)}`
      )
    }),
    { numRuns: 5_000 }
  )
  assert.ok(sure > 200, `matches with required texts: ${sure}`)
})
