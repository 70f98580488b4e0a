import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeProgress } from '../../../src/cli/progress.ts'
import { sayUnderWay } from '../../../src/cli/under-way.ts'

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

test('a long run on this machine says how far it is, at a terminal only', () => {
  const [terminal, pipe] = [{ ...stream(true), columns: 100 }, stream(false)]
  for (const to of [terminal, pipe]) {
    const { underWay, done } = sayUnderWay('sshkey', { wallMs: 60_000 }, to)
    underWay({ ms: 1_900, rows: 0, readBytes: 5 })
    underWay({ ms: 14_200, rows: 2, readBytes: 3 << 20 })
    done()
  }
  assert.deepEqual(terminal.written, [
    '\r\x1b[2Ksshkey: 14 s of at most 60 s, 3.0 MiB read, 2 rows so far; ^C ends it',
    '\r\x1b[2K'
  ])
  assert.deepEqual(pipe.written, [])
})
