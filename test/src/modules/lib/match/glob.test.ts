import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileGlob, plainGlob } from '../../../../../src/modules/lib/match/glob.ts'

const matches = (glob: string, text: string | Buffer): boolean =>
  compileGlob(glob, 'glob').test(Buffer.from(text))

test('each form of a glob, and what it does not match', () => {
  for (const [glob, yes, no] of [
    ['*.php', ['a.php', '.php', 'a\n.php'], ['a.phpx', 'php', 'a.PHP']],
    ['?.c', ['a.c', 'é.c'], ['.c', 'ab.c']],
    ['[a-c]1', ['a1', 'c1'], ['d1', '-1']],
    ['[!a-c]1', ['d1', '!1'], ['a1', '1']],
    ['[^a]', ['b'], ['a', '^^']],
    ['[]x]', [']', 'x'], ['[']],
    ['{a,b*}.so', ['a.so', 'bcd.so'], ['c.so', '{a,b*}.so']],
    ['a\\*', ['a*'], ['ab']],
    ['a+(b)|c^$', ['a+(b)|c^$'], ['aab', 'c']],
    ['[', ['['], ['x']],
    ['a,b}', ['a,b}'], ['a']],
    ['/var/*', ['/var/x', '/var/x/y'], ['/var', '/vary']]
  ] as const) {
    for (const text of yes) assert.ok(matches(glob, text), `${glob} matches ${text}`)
    for (const text of no) assert.ok(!matches(glob, text), `${glob} does not match ${text}`)
  }
  assert.ok(matches('a*b', Buffer.from([0x61, 0xff, 0xfe, 0x62])), 'bytes that are no UTF-8')
})

test('stars and marks mean the same as a plain search by hand', () => {
  const byHand = (glob: string, text: string): boolean => {
    if (glob === '') return text === ''
    if (glob[0] === '*') return byHand(glob.slice(1), text) || (text !== '' && byHand(glob, text.slice(1)))
    return text !== '' && (glob[0] === '?' || glob[0] === text[0]) && byHand(glob.slice(1), text.slice(1))
  }
  const of = (letters: string[], maxLength: number) =>
    fc.array(fc.constantFrom(...letters), { maxLength }).map(parts => parts.join(''))
  fc.assert(
    fc.property(of(['*', '?', 'a', '.', '/'], 6), of(['a', '.', '/', 'b'], 8), (glob, text) => {
      assert.equal(matches(glob, text), byHand(glob, text), `${glob} on ${text}`)
    }),
    { numRuns: 2_000 }
  )
})

test('what is no glob is refused by its flag; what names one file only is known', () => {
  assert.throws(() => compileGlob('{a', 'exclude'), /--exclude \{a: a \{ is not closed/)
  assert.throws(() => compileGlob('[z-a]', 'glob'), /--glob/)
  assert.throws(() => compileGlob('x'.repeat(1_025), 'glob'), /--glob/)
  assert.equal(plainGlob('id_rsa'), 'id_rsa')
  assert.equal(plainGlob('*.so'), undefined)
})
