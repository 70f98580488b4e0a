import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkRules, compileRules, ENGINES } from '../../../../../src/modules/lib/yara/yara-compile.ts'
import { complaintOf, ruleNames } from '../../../../../src/modules/lib/yara/yara-rules.ts'

const RULES = `
import "elf"
private rule hidden { condition: true }
rule text : tag { meta: by = "us" strings: $a = "needle" nocase $b = "other" private condition: any of them }
rule number { condition: uint32(0) == 0x464c457f and hidden }
rule hex { strings: $h = { 01 09 00 [1-3] 05 } condition: #h > 1 }
`
const TARGETS = [
  Buffer.from('a Needle, a needle, other'),
  Buffer.from('\x7fELF\x02\x01'),
  Buffer.from([1, 9, 0, 0, 5, 1, 9, 0, 0, 0, 5]),
  Buffer.alloc(0),
  Buffer.from('nothing')
]

test('both engines say the same of the same bytes, and nothing of what matched', () => {
  const [native, wasm] = ENGINES.map(engine => {
    const { rules } = compileRules([RULES], engine)
    return TARGETS.map(target => rules.scan(target))
  })
  assert.deepEqual(native, [
    [{ rule: 'text', matches: 2, offset: 2 }],
    [{ rule: 'number', matches: 0 }],
    [{ rule: 'hex', matches: 2, offset: 0 }],
    [],
    []
  ])
  assert.deepEqual(wasm, native)
  assert.ok(compileRules(['import "dex" rule a { condition: true }']), 'what the native one lacks')
})

test('what does not compile is refused with file, line and rule, by either engine', () => {
  const bads: [string, RegExp][] = [
    ['rule a { condition: $b }', /\(line 1, rule a\): unknown pattern `\$b`/],
    [
      'rule a { condition: true }\n\nrule b {\n condition: nothing }',
      /\(line 4, rule b\): unknown identifier/
    ],
    ['rule a { condition: true }\nrule a { condition: true }', /\(line 2, rule a\)/],
    ['import "nosuch"', /line 1/],
    ['', /./],
    ['rule a { condition: cuckoo.sync.mutex(/a(?=b)/) }', /line 1/]
  ]
  for (const engine of ENGINES)
    for (const [source, message] of bads) {
      if (source === '') continue
      assert.throws(() => compileRules([source], engine), { code: 'bad-params', message }, source)
    }
  const two = ['rule a { condition: true }\n', '\nrule b { condition: $x }']
  assert.throws(() => compileRules(two), { message: /\(file 2, line 2, rule b\)/ })
})

test('no rule reads a file of who asks or who answers', () => {
  for (const engine of ENGINES)
    assert.throws(() => compileRules(['include "/etc/passwd"\nrule a { condition: true }'], engine), {
      code: 'bad-params',
      message: /line 1/,
      fix: /included/
    })
})

test('what may take a host’s whole time is refused, unless it is let pass', () => {
  for (const slow of [
    'rule a { condition: for all i in (0..filesize): (uint8(i) == 0) }',
    'rule a { condition: for any i in (0..99999999): (uint8(i) == 7) }',
    'rule a { strings: $b = { 00 [0-100] 01 } condition: $b }'
  ]) {
    assert.throws(
      () => checkRules([slow], false),
      { code: 'bad-params', message: /rule a/, fix: /--slow/ },
      slow
    )
    checkRules([slow], true)
  }
  checkRules([RULES], false)
})

test('whatever an engine says is read without throwing, bounded', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 2_000 }), text => {
      const { line, sentence } = complaintOf(text)
      assert.ok(Number.isInteger(line) && sentence.length <= 300)
      for (const { name } of ruleNames(`rule ${text}`)) assert.match(name, /^\w+$/)
    })
  )
})
