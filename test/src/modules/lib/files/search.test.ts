import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { askFile, plant } from '../../../../support/ask-file.ts'

test('a mode is taken as ls writes it, and as Go does, which MIG’s expressions were made for', async t => {
  const root = plant(t, { suid: '', sticky: '', plain: '' })
  chmodSync(join(root, 'suid'), 0o4755)
  chmodSync(join(root, 'sticky'), 0o1644)
  const paths = async (mode: string) => (await askFile(root, { path: ['/'], mode: [mode] })).paths
  assert.deepEqual(await paths('^u'), ['/suid'])
  assert.deepEqual(await paths('^-rws'), ['/suid'])
  assert.deepEqual(await paths('^t'), ['/sticky'])
  assert.deepEqual(await paths('!^(u|t)'), ['/plain'])
})

test('with --every-line, "!" still means that no line matches', async t => {
  const root = plant(t, { some: 'a\nb\n', none: 'b\nb\n', all: 'a\na\n', empty: '' })
  const paths = async (content: string, more: Record<string, unknown> = {}) =>
    (await askFile(root, { path: ['/'], content: [content], 'every-line': true, ...more })).paths
  assert.deepEqual(await paths('a'), ['/all'])
  assert.deepEqual(await paths('!a'), ['/empty', '/none'])
  assert.deepEqual(await paths('a', { mismatch: ['content'] }), ['/empty', '/none', '/some'])
})
