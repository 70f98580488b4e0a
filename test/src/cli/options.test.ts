import assert from 'node:assert/strict'
import { test } from 'node:test'
import yargs from 'yargs'
import { LIMIT_FLAGS, limitOptions, limitsFrom, moduleOptions } from '../../../src/cli/options.ts'
import { MODULES } from '../../../src/modules/index.ts'

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

test('every example of every module is read', () => {
  for (const spec of MODULES)
    for (const { argv, title } of spec.examples)
      assert.doesNotThrow(
        () => spec.fromFlags(limitOptions(moduleOptions(yargs([...argv]), spec)).parseSync() as never, 0),
        title
      )
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
