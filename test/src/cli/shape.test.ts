import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COMMANDS } from '../../../console/commands/index.ts'
import { shapeAt, shapeOf } from '../../../src/cli/shape.ts'

test('a command says its positionals, flags and values through its own builder', () => {
  const show = shapeAt(COMMANDS, ['show', 'a1'])!
  assert.deepEqual([show.name, show.positionals], ['show', ['<action>', '[host]']])
  assert.ok(show.flags.includes('hosts') && show.booleans.includes('hosts'))
  assert.ok(!show.flags.includes('action'), 'a positional is no flag')
  const file = shapeAt(COMMANDS, ['file'])!
  assert.ok(file.choices['mismatch']!.includes('content'))
  assert.ok(file.flags.includes('target') && !file.flags.includes('t'))
})

test('aliases and commands below commands are found', () => {
  assert.equal(shapeAt(COMMANDS, ['hosts'])!.name, 'agents')
  assert.equal(shapeAt(COMMANDS, ['mesh', 'revoke'])!.name, 'revoke')
  assert.equal(shapeAt(COMMANDS, ['local', 'file', '--path'])!.name, 'file')
  assert.equal(shapeAt(COMMANDS, ['nothing']), undefined)
  assert.equal(shapeAt(COMMANDS, []), undefined)
})

test('every command of the console has a shape, a description and an example or commands below it', () => {
  for (const command of COMMANDS) {
    const shape = shapeOf(command)
    assert.match(shape.name, /^[a-z]+$/)
    assert.match(String(command.describe), /^\S/)
  }
})
