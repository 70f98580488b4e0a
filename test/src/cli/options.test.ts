import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import yargs from 'yargs'
import {
  askedFrom,
  LIMIT_FLAGS,
  limitOptions,
  limitsFrom,
  moduleOptions,
  paramsFrom
} from '../../../src/cli/options.ts'
import { LIMITS } from '../../../src/limits.ts'
import { MODULES } from '../../../src/modules/index.ts'
import type { ModuleSpec } from '../../../src/modules/spec.ts'
import { testDirectory } from '../../support/directory.ts'

const parse = (argv: string[]): Record<string, unknown> =>
  limitOptions(moduleOptions(yargs(argv), MODULES[0]!))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new Error(message)
    })
    .parseSync() as never

test('every flag of a module is an option: repeated ones collect, others are one', () => {
  const args = parse(['--path', '/a', '--path', '/b', '--setuid', '--depth', '3', '--name=-dash'])
  assert.deepEqual(args['path'], ['/a', '/b'])
  assert.equal(args['setuid'], true)
  assert.equal(args['depth'], 3)
  assert.deepEqual(args['name'], ['-dash'])
})

test('a repeated flag takes one value and leaves what follows alone', () => {
  const args = parse(['--path', '/a', 'word'])
  assert.deepEqual([args['path'], args['_']], [['/a'], ['word']])
})

test('every example of every module is read, with the files that it names', () => {
  const directory = testDirectory()
  for (const spec of MODULES)
    for (const { argv, files = {}, title } of spec.examples) {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
      const typed = argv.map(word => (word in files ? join(directory, word) : word))
      const args = limitOptions(moduleOptions(yargs(typed), spec)).parseSync() as never
      assert.doesNotThrow(() => paramsFrom(spec, args, 0), title)
    }
})

test('a flag of the type file gives the module the text of the file, within its bound', () => {
  const directory = testDirectory()
  const put = (name: string, text: string | Uint8Array): string => {
    writeFileSync(join(directory, name), text)
    return join(directory, name)
  }
  const flags = { rules: { type: 'file', doc: 'Rules' }, more: { type: 'file', doc: 'More', repeat: true } }
  const spec = { flags, fromFlags: (typed: unknown) => typed } as unknown as ModuleSpec
  assert.deepEqual(paramsFrom(spec, { rules: put('a', '\ufeffü'), more: [put('b', ''), put('c', 'c')] }, 0), {
    rules: 'ü',
    more: ['', 'c']
  })
  assert.deepEqual(paramsFrom(spec, { other: 1 }, 0), { other: 1 })
  const bads: [string, RegExp][] = [
    [join(directory, 'none'), /^--rules .*none cannot be read: there is no such file\.$/],
    [directory, /cannot be read: it is a directory/],
    ['\0', /cannot be read/],
    ['/dev/zero', /has more than \d+ bytes/],
    [put('large', Buffer.alloc(LIMITS.flagFileBytes + 1, 'a')), /has more than/],
    [put('latin1', Buffer.from([0x66, 0xfc])), /no text in UTF-8/]
  ]
  for (const [rules, message] of bads)
    assert.throws(() => paramsFrom(spec, { rules }, 0), { code: 'bad-params', message })
  put('large', Buffer.alloc(LIMITS.flagFileBytes, 'a'))
  assert.doesNotThrow(() => paramsFrom(spec, { rules: join(directory, 'large') }, 0))
})

test('limits are in the units that their flags say', () => {
  assert.deepEqual(limitsFrom({ 'limit-wall': 1.5, 'limit-read': 2, 'limit-rows': 10 }), {
    wallMs: 1_500,
    readBytes: 2 << 20,
    rows: 10
  })
  assert.deepEqual(limitsFrom({}), {})
  for (const bad of [0, -1, Number.NaN, 'x', 1e30])
    for (const flag of Object.keys(LIMIT_FLAGS))
      assert.throws(() => limitsFrom({ [flag]: bad }), { code: 'usage', message: new RegExp(`--${flag}`) })
})

test('a file that the parameters name by its hash goes along as an attachment', () => {
  const directory = testDirectory()
  const path = join(directory, 'rules')
  const text = 'é'.repeat(LIMITS.flagFileBytes)
  writeFileSync(path, text)
  const bytes = Buffer.from(text)
  const named = { attachment: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length }
  const spec = {
    flags: { rules: { type: 'file', doc: 'Rules', attach: true } },
    fromFlags: () => ({ rules: named })
  } as unknown as ModuleSpec
  const { params, attachments } = askedFrom(spec, { rules: path }, 0)
  assert.deepEqual(params, { rules: named })
  assert.deepEqual([...attachments], [[named.attachment, new Uint8Array(bytes)]])
  assert.equal(askedFrom(MODULES[0]!, { path: ['/etc'] }, 0).attachments.size, 0)
})
