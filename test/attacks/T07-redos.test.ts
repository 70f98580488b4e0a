import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import { file } from '../../src/modules/file.ts'
import { compilePattern } from '../../src/modules/lib/match/regex.ts'
import { memory } from '../../src/modules/memory.ts'
import { askFile, plant } from '../support/ask-file.ts'
import { askModule } from '../support/ask-module.ts'
import { holder } from '../support/holder.ts'

/**
 * T7. A signed question holds an expression, or a glob, that makes a backtracking engine run for ages on a text made for
 * it. Expected: linear time; what can't be had in linear time is refused before anything runs. A backtracking engine
 * never ends here, so the runner's own timeout is what fails.
 */

const ATOMS = ['a', '[a-z]', '\\w', '.', '(?:a|a)', '(?:a|ab)', '(?:a?)', '[^b]']
const SHAPES = [
  (x: string) => `^(${x}+)+$`,
  (x: string) => `(${x}*)*!`,
  (x: string) => `^(${x}|${x}${x})+$`,
  (x: string) => `(${x}+){2,20}$`,
  (x: string) => `${x}*${x}*${x}*${x}*!`,
  (x: string) => `^(?:${x}*,)+${x}*!$`,
  (x: string) => `(?i)(${x}+)*\\s!$`,
  (x: string) => `(${x}{1,30}){1,30}!`,
  (x: string) => `^(((${x}+)+)+)+!`,
  (x: string) => `(?:${x}?){25}${x}{25}!`,
  (x: string) => `^(.*${x}){12}!`,
  (x: string) => `(${x}+|b+|c+)*[^a-c]!$`
]
/** The ones that every list of such attacks names: e-mail, dates, HTML, spaces at line ends, paths. */
const FAMOUS = [
  '^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '\\s+$',
  '^\\d*[0-9](|.\\d*[0-9]|)*$',
  '<([a-z]+)([^<]+)*(?:>(.*)</[a-z]+>|\\s+/>)',
  '(.*)*x(.*)*y(.*)*z',
  '^(\\w+\\s?)*$',
  '(x+x+)+y'
]
const LENGTH = 100 * 1024
const TEXTS = ['a', 'aab', ' ', 'a ', '0', 'x', 'a,'].map(unit =>
  Buffer.from(`${unit.repeat(Math.ceil(LENGTH / unit.length)).slice(0, LENGTH)}\u0000`)
)

test('a hundred expressions that ruin backtracking engines, on 100 kB that were made for them', () => {
  const sources = [...SHAPES.flatMap(shape => ATOMS.map(shape)), ...FAMOUS]
  assert.ok(sources.length > 100)
  for (const [i, source] of sources.entries()) {
    const pattern = compilePattern(source, 'content')
    pattern.test(TEXTS[i % TEXTS.length]!)
    pattern.test(TEXTS[0]!)
  }
})

test('expressions and globs of that kind as whole questions, on names and contents', async t => {
  const long = 'a'.repeat(255)
  const root = plant(t, { [long]: TEXTS[0]!, b: TEXTS[1]! })
  for (const pattern of ['^(a+)+$', '(a*)*!', '^(a|aa)+b?$', '(.*a){12}!']) {
    await askFile(root, { path: ['/'], name: [pattern], content: [pattern] })
    await askFile(root, { path: ['/'], any: true, content: [`!${pattern}`], mode: ['(.*.*)*x'] })
  }
  const stars = '*a'.repeat(120)
  assert.deepEqual((await askFile(root, { path: ['/'], glob: [stars] })).paths, [`/${long}`])
  assert.deepEqual((await askFile(root, { path: ['/'], glob: [`${stars}*b`] })).paths, [])
  assert.deepEqual((await askFile(root, { path: ['/'], name: ['b'], exclude: [`${stars}*b`] })).paths, ['/b'])
})

test('expressions of that kind in the memory of a process that was made for them', async t => {
  const bytes = Buffer.from(`${'a'.repeat(64 * 1024)}needle`)
  const { pid } = await holder(t, { bytes })
  const only = { pid: [String(pid)] }
  const { rows } = await askModule(memory, '/', { ...only, content: ['a{64}needle'] })
  const address = Number(rows[0]!['address']) + 64 + 6 - bytes.length
  const there = { ...only, offset: String(address), 'max-length': bytes.length }
  for (const bomb of [
    '(a+)+!',
    '(a|aa)+needles',
    '(a*)*needle!',
    '(?:a?){25}a{25}!',
    '(.*a){12}!',
    '([a-z]+){2,20}\\d'
  ])
    assert.equal((await askModule(memory, '/', { ...there, content: [bomb] })).outcome.found, false, bomb)
  const many = await askModule(memory, '/', { ...there, content: ['(a|aa)+needle', 'a'], most: 50 })
  assert.equal(many.rows.length, 2)
})

test('what has no linear time, or blows up while it is compiled, is refused by name', () => {
  for (const source of [
    '(a)\\1',
    '(?=a)b',
    '(?<!a)b',
    'a{1001}',
    '((a{100}){100}){100}',
    'a'.repeat(LIMITS.patternBytes + 1)
  ])
    assert.throws(
      () => file.fromFlags({ path: ['/'], content: [source] }, 0),
      (error: unknown) =>
        error instanceof GumshoeError && error.code === 'bad-params' && error.message.includes('--content'),
      source.slice(0, 40)
    )
})
