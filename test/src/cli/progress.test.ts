import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeProgress } from '../../../src/cli/progress.ts'

const stream = (isTTY: boolean) => {
  const written: string[] = []
  return {
    written,
    isTTY,
    columns: 20,
    write: (text: string | Uint8Array) => written.push(String(text)) > 0
  }
}

test('on a terminal one line changes, cut to its width, and is gone at the end', () => {
  const terminal = stream(true)
  const progress = makeProgress(terminal)
  progress.update('1 of 3 answered')
  progress.update('1 of 3 answered')
  progress.update('2 of 3 answered    yes 1 | no 1')
  progress.done()
  assert.deepEqual(terminal.written, [
    '\r\x1b[2K1 of 3 answered',
    '\r\x1b[2K2 of 3 answered   …',
    '\r\x1b[2K'
  ])
})

test('in a pipe a line comes at most every five seconds', () => {
  const pipe = stream(false)
  let now = 0
  const progress = makeProgress(pipe, () => now)
  progress.update('one')
  now = 4_999
  progress.update('two')
  now = 5_000
  progress.update('three')
  progress.done()
  assert.deepEqual(pipe.written, ['one\n', 'three\n'])
})
