import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { compilePattern } from '../../../../../src/modules/lib/match/regex.ts'
import { isBounded, withoutAnchors } from '../../../../../src/modules/lib/match/regex-source.ts'

/** Expressions made of every kind of piece that a quick look must tell apart. */
const piece = fc.constantFrom(
  ...[
    'abc',
    'foo',
    'skip',
    '.',
    '\\.',
    '\\s',
    '\\x66oo',
    '\\pLfoo',
    '\\p{Greek}',
    '\\146oo',
    '[ab]',
    '[^f]',
    '[]f]'
  ],
  ...[
    '[[:alpha:]]',
    '(foo)',
    '(?:ab|c)',
    '(?i:FOO)',

    '\\Qa.b\\E',
    '^',
    '$',
    '\\b',
    '\\bfoo',
    '\\z'
  ]
)
const repeat = fc.constantFrom('', '', '', '?', '*', '+', '{0,2}', '{2}', '{1,}', '??', '+?')
const expression = fc
  .record({
    flags: fc.constantFrom('', '', '(?i)', '(?s)', '(?i-s)', '(?m)'),
    pieces: fc.array(fc.tuple(piece, repeat), { minLength: 1, maxLength: 5 }),
    other: fc.option(piece, { freq: 6 })
  })
  .map(({ flags, pieces, other }) => {
    const body = pieces.map(([text, times]) => (/[$^bz]$/.test(text) ? text : text + times)).join('')
    return `${flags}${body}${other === null ? '' : `|${other}`}`
  })
const line = fc
  .array(fc.constantFrom('abc', 'foo', 'FOO', 'a.b', 'skip', 'ſKIP', 'K', 'α', ' ', 'b', '\r', '\xff', 'f'), {
    maxLength: 6
  })
  .map(parts => Buffer.from(parts.join('')))

test('a quick look at many lines never overlooks one that matches', () => {
  let decided = 0
  fc.assert(
    fc.property(expression, fc.array(line, { minLength: 1, maxLength: 4 }), (source, lines) => {
      const pattern = compilePattern(source, 'content')
      const text = Buffer.concat(lines.flatMap(each => [each, Buffer.from('\n')]))
      const plain = lines.map(each => (each.at(-1) === 0x0d ? each.subarray(0, -1) : each))
      const matches = plain.some(each => pattern.test(each))
      if (matches) {
        assert.ok(pattern.mayMatch(text), source)
        assert.ok(!pattern.lacks(text), source)
      } else if (!pattern.mayMatch(text)) decided++
      for (const each of plain) {
        assert.equal(pattern.test(each), RE2JS.compile(source).test(each), source)
        assert.equal(pattern.testPart(each, true, true), pattern.test(each), source)
        // A part without its ends matches no more than the whole.
        if (pattern.testPart(each, false, false)) assert.ok(pattern.test(each), source)
      }
    }),
    { numRuns: 1_500 }
  )
  assert.ok(decided > 150, `the quick look decides often: ${decided}`)
})

test('the quick look sees across its own pieces', () => {
  const pattern = compilePattern('(?i)haystack', 'content')
  const text = Buffer.alloc(300_000, '\n')
  for (let place = 65_520; place < 65_550; place++) {
    text.write('HAYSTACK', place)
    assert.ok(pattern.mayMatch(text) && !pattern.lacks(text), String(place))
    text.fill('\n', place, place + 8)
  }
  assert.ok(pattern.lacks(text))
})

test('bounds and ends are found where they are, not where they are quoted', () => {
  for (const bounded of ['abc', 'a{2,5}', 'a\\*', '[*+]', '\\Qa*\\E', 'a?', '(ab){3}'])
    assert.ok(isBounded(bounded), bounded)
  for (const open of ['a*', 'a.+b', 'a{2,}', '(ab)*?', '\\s*']) assert.ok(!isBounded(open), open)
  const inner = withoutAnchors('^a[$^]\\$\\Q^$\\E\\z|\\Ab$', false, false)
  assert.ok(!new RE2Test(inner).matches('a$$^$') && !new RE2Test(inner).matches('b'))
  assert.equal(withoutAnchors('^a$', true, true), '^a$')
})

class RE2Test {
  readonly #pattern: RE2JS
  constructor(source: string) {
    this.#pattern = RE2JS.compile(source)
  }
  matches(text: string): boolean {
    return this.#pattern.test(text)
  }
}

test('an error names the flag, the expression and what is wrong with it', () => {
  assert.throws(() => compilePattern('a(', 'content'), /--content a\( is no regular expression: missing/)
})
