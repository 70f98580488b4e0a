import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { codeOf } from '../../../../../src/errors.ts'
import { byPath } from '../../../../../src/modules/lib/host/by-path.ts'
import { chunksOf } from '../../../../../src/modules/lib/host/read.ts'
import { plant } from '../../../../support/ask-file.ts'

test('only a regular file is opened, and never through a link', t => {
  const root = plant(t, { file: 'x' })
  symlinkSync('file', join(root, 'link'))
  assert.equal(spawnSync('mkfifo', [join(root, 'fifo')]).status, 0)
  for (const name of ['fifo', '.'])
    assert.throws(
      () => byPath(root).open(Buffer.from(name)),
      error => codeOf(error) === 'unreadable',
      name
    )
  assert.throws(() => byPath(root).open(Buffer.from('link')), { code: 'ELOOP' })
})

test('a file is read as far as it reached when it was opened, and as far as the budget reaches', t => {
  const root = plant(t, { file: 'x'.repeat(300_000) })
  const path = join(root, 'file')
  const lengths = (left: number): number[] | string => {
    const file = byPath(root).open(Buffer.from('file'))
    appendFileSync(path, 'y'.repeat(300_000))
    try {
      return [...chunksOf(file, { left })].map(({ length }) => length)
    } catch (error) {
      return codeOf(error)
    } finally {
      file.close()
    }
  }
  assert.deepEqual(lengths(10_000_000), [262_144, 37_856])
  assert.equal(lengths(500_000), 'limit-bytes')
})
