import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileRules } from '../../../../../src/modules/lib/yara/yara-compile.ts'
import { needsOf } from '../../../../../src/modules/lib/yara/yara-needs.ts'
import type { RuleHit } from '../../../../../src/modules/lib/yara/yara-rules.ts'
import { sieved } from '../../../../../src/modules/lib/yara/yara-sieve.ts'

const textsOf = (source: string) => needsOf(source)?.literals.map(({ text }) => text)
const rule = (strings: string, condition: string) =>
  `rule r { ${strings && `strings: ${strings} `}condition: ${condition} }`

test('what a rule needs is read from its condition', () => {
  const two = '$a = "first" $b = "second" nocase $c = { 01 02 03 ?? 04 } $x = "xor" xor'
  for (const [condition, texts] of [
    ['$a', ['first']],
    ['$a or $b', ['first', 'second']],
    ['$a and filesize < 1MB', ['first']],
    ['uint16(0) == 0x5a4d and ($a or $c) and not $b', ['first', '\x01\x02\x03']],
    ['any of ($a, $b)', ['first', 'second']],
    ['2 of ($a, $b) at 0', ['first', 'second']],
    ['all of them', ['second']],
    ['for any i in (0..3): (uint8(i) == 0) and $b in (0..100)', ['second']],
    ['(filesize + 1) > 3 and (($a))', ['first']]
  ] as const)
    assert.deepEqual(textsOf(rule(two, condition)), texts, condition)
  for (const condition of [
    'true',
    'not $a',
    '$a or filesize > 1',
    'any of them',
    'none of them',
    '#a == 0',
    '$a == $b',
    'for any of them: (# == 0)',
    'any of ($a, $x)',
    '50% of them',
    '0 of them',
    'defined @a[1]',
    '($a) == true',
    'with n = #a : (n == 0)'
  ])
    assert.deepEqual(textsOf(rule(two, condition)), [], condition)
})

test('what a pattern holds is read with its modifiers', () => {
  for (const [pattern, texts] of [
    ['"abc" wide', ['a\0b\0c\0']],
    ['"abc" wide ascii fullword private', ['abc', 'a\0b\0c\0']],
    ['"a\\x00\\"\\\\\\t" nocase', ['a\0"\\\t']],
    ['"abc" base64', undefined],
    ['"abc" xor(1-9)', undefined],
    ['"ab"', undefined],
    ['"äbc"', undefined],
    ['{ 00 (AA BB CC DD | EE) 01 02 [2-4] 03 04 05 }', ['\x03\x04\x05']],
    ['{ 00 ~01 02 03 /* } 09 09 09 09 */ 04 // } \n }', ['\x02\x03\x04']],
    ['{ 0? 01 ?? }', undefined],
    ['/ab(cd|ef)gh[0-9]+/', ['abcdgh', 'abefgh']],
    ['/uber\\/x\\.php/i', ['uber/x.php']],
    ['/a{,3}b{,3}cd/', undefined],
    ['/\\xe9\\xe9\\xe9/', undefined],
    ['/x*y*/', undefined]
  ] as const)
    assert.deepEqual(textsOf(rule(`$p = ${pattern}`, '$p')), texts ?? [], pattern)
})

test('rules whose needs are not known, and what they build on, are asked by themselves', () => {
  const source = `import "math" // a comment with rule x { condition: true }
    private rule base { strings: $b = "base" condition: $b }
    rule known : tag { meta: why = "rule z { strings: condition: }" strings: $a = "needle" condition: $a }
    rule odd { condition: filesize == 3 or base }`
  const needs = needsOf(source)!
  assert.deepEqual(
    needs.literals.map(({ text }) => text),
    ['needle']
  )
  assert.ok(/import "math"/.test(needs.others) && /base/.test(needs.others) && /odd/.test(needs.others))
  assert.ok(!needs.others.includes('known'))
  const { rules } = compileRules([source])
  const said = (text: string) => rules.scan(Buffer.from(text)).map(hit => hit.rule)
  assert.deepEqual(['abc', 'my base', 'a needle', 'none', 'base and needle'].map(said), [
    ['odd'],
    ['odd'],
    ['known'],
    [],
    ['known', 'odd']
  ])
  // One that names a rule which is not among them leaves all to the engine.
  const linked = compileRules(['rule a { strings: $a = "needle" condition: $a } rule b { condition: not a }'])
  assert.deepEqual(
    linked.rules.scan(Buffer.from('x')).map(hit => hit.rule),
    ['b']
  )
})

test('a file without the texts never comes to the engine, and one with them does', () => {
  const asked: string[] = []
  const rules = { scan: (bytes: Buffer) => [{ rule: `r${asked.push(bytes.toString())}`, matches: 0 }] }
  const some = sieved(rules, rule('$a = "needle"', '$a'), () => assert.fail())
  assert.deepEqual(some.scan(Buffer.from('nothing')), [])
  assert.equal(some.scan(Buffer.from('a needle')).length, 1)
  const all = sieved(rules, rule('', 'true'), () => assert.fail())
  assert.equal(all.scan(Buffer.from('nothing')).length, 1)
  assert.deepEqual(asked, ['a needle', 'nothing'])
})

const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'C', '\\x00', '\\n', '\\"'),
  minLength: 1,
  maxLength: 5
})
const pattern = fc.oneof(
  fc
    .tuple(text, fc.subarray(['nocase', 'wide', 'ascii', 'fullword', 'private']))
    .map(([value, modifiers]) => `"${value}" ${modifiers.join(' ')}`),
  text.map(value => `"${value}aa" xor`),
  fc
    .array(fc.constantFrom('61', '62', '43', '??', '6?', '~61', '[1-3]', '(61 62 | 43)', '/* 61 } */'), {
      minLength: 1,
      maxLength: 6
    })
    .map(parts => `{ 61 ${parts.join(' ')} 62 }`),
  fc
    .tuple(
      fc.array(
        fc.constantFrom(
          'a',
          'b',
          'C',
          '.',
          '[ab]',
          '[^a]',
          '(ab|C)',
          'b+',
          'b?',
          'a{2}',
          '\\x61',
          '\\w',
          '\\b'
        ),
        {
          minLength: 1,
          maxLength: 6
        }
      ),
      fc.constantFrom('', 'i', 's', 'is')
    )
    .map(([parts, flags]) => `/a${parts.join('')}/${flags}`)
)
const { condition } = fc.letrec<{ condition: string }>(tie => ({
  condition: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(
      '$p0',
      '$p1',
      '$p2',
      'any of them',
      'all of them',
      '2 of them',
      'none of ($p*)',
      'any of ($p0, $p2)'
    ),
    fc.constantFrom(
      '$p1 at 0',
      '$p0 in (0..4)',
      '#p0 > 1',
      '#p1 == 0',
      'filesize > 6',
      'uint8(0) == 0x61',
      'not $p2'
    ),
    fc.constantFrom(
      'for any of them: ( # == 0 )',
      'for all of ($p0, $p1): ( @ < 4 )',
      '($p0) == true',
      'all of ($p0*) in (0..9)'
    ),
    fc.tuple(tie('condition'), fc.constantFrom('and', 'or'), tie('condition')).map(parts => parts.join(' ')),
    tie('condition').map(inner => `(${inner})`),
    tie('condition').map(inner => `not (${inner})`)
  )
}))
const target = fc
  .array(fc.constantFrom('a', 'b', 'C', 'A', '\0', '\n', '"', 'aa', 'ab', 'a\0b\0'), { maxLength: 14 })
  .map(parts => Buffer.from(parts.join(''), 'latin1'))

test('with the sieve and without it, rules say the same of the same bytes', () => {
  let compiled = 0
  let heldBack = 0
  fc.assert(
    fc.property(
      fc.array(fc.record({ patterns: fc.tuple(pattern, pattern, pattern), condition }), {
        minLength: 1,
        maxLength: 3
      }),
      fc.array(target, { minLength: 4, maxLength: 8 }),
      (made, targets) => {
        const source = made
          .map(({ patterns, condition: holds }, i) => {
            const strings = patterns.map((value, n) => `$p${n} = ${value}`).join('\n')
            return `rule r${i} { strings: ${strings}\n condition: (${holds}) and (filesize >= 0 or any of them) }`
          })
          .join('\n')
        const plain = tried(() => compileRules([source], undefined, false))
        if (plain === undefined) return
        compiled++
        const { rules } = compileRules([source])
        if ((needsOf(source)?.literals.length ?? 0) > 0) heldBack++
        // A rule that holds without its patterns is told without them, where nothing else has them looked for.
        const said = (hits: readonly RuleHit[]) =>
          needsOf(source)?.others === '' ? hits : hits.map(hit => hit.rule)
        for (const bytes of targets)
          assert.deepEqual(said(rules.scan(bytes)), said(plain.rules.scan(bytes)), source)
      }
    ),
    { numRuns: 150 }
  )
  assert.ok(compiled > 20 && heldBack > 5, `${compiled} compiled, ${heldBack} with a sieve`)
})

const tried = <T>(compile: () => T): T | undefined => {
  try {
    return compile()
  } catch {
    return undefined
  }
}

test('whatever rules look like, reading them ends and throws nothing', () => {
  const piece = fc.constantFrom(
    ...[
      'rule a {',
      'strings:',
      '$a =',
      '"x"',
      '{ 01 02 03 }',
      '/re/',
      'condition:',
      'and',
      '(',
      ')',
      '}',
      'of',
      'them'
    ],
    ...[
      'any',
      '/*',
      '*/',
      '//',
      '\n',
      '"',
      '$',
      '$a',
      'import "pe"',
      'private',
      'global',
      'not',
      'at',
      '[',
      ']',
      '"""'
    ]
  )
  fc.assert(fc.property(fc.array(piece), pieces => void needsOf(pieces.join(' '))))
  fc.assert(fc.property(fc.string(), source => void needsOf(source)))
  const deep = `rule a { strings: $a = "abc" condition: ${'('.repeat(100_000)}$a${')'.repeat(100_000)} }`
  assert.equal(needsOf(deep), undefined)
  assert.equal(
    needsOf(`rule a { strings: $a = { ${'('.repeat(50_000)} } condition: $a }`)?.literals.length,
    0
  )
  assert.equal(needsOf('/*'.repeat(100_000)), undefined)
})
