import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeLog } from '../../src/log.ts'

const sink = (isTTY: boolean) => {
  const lines: string[] = []
  return { lines, isTTY, write: (text: string) => lines.push(text) > 0 }
}

test('JSON lines with a stable event, level and time when not on a terminal', () => {
  const pipe = sink(false)
  const log = makeLog('gumshoe-agent', 'info', pipe)
  log('info', 'ready', { peer: '12D3', open: 2 })
  log('debug', 'noise')
  assert.equal(pipe.lines.length, 1)
  const line = JSON.parse(pipe.lines[0]!)
  assert.deepEqual(
    [line.level, line.event, line.name, line.peer, line.open],
    ['info', 'ready', 'gumshoe-agent', '12D3', 2]
  )
  assert.match(line.time, /^\d{4}-\d\d-\d\dT.*Z$/)
})

test('words on a terminal, and nothing that does something to it', () => {
  const terminal = sink(true)
  const log = makeLog('gumshoe-agent', 'info', terminal)
  log('warn', 'refused', { from: '\x1b[2J\x9b31m\nfake\u202e', code: 'policy' })
  log('debug', 'noise')
  assert.equal(terminal.lines.length, 1)
  assert.match(
    terminal.lines[0]!,
    /^\d\d:\d\d:\d\d warn: refused {2}from="\\u001b\[2J\?31m\\nfake\?" code=policy\n$/
  )
})
