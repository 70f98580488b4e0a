import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeOutput, memberOf, paint, resultSink, withResultsTo } from '../../../src/cli/out.ts'
import { makeScreen } from '../../support/screen.ts'

test('a table is aligned on a terminal, tab-separated in a pipe, and what had no room is named', () => {
  const rows = [['v1', '/etc/passwd', 'root']]
  const wide = makeScreen({ columns: 80 })
  wide.output.table(['value', 'path', 'owner'], rows)
  assert.equal(wide.out(), 'value  path         owner\nv1     /etc/passwd  root\n')
  const pipe = makeScreen()
  pipe.output.table(['value', 'path', 'owner'], rows)
  assert.equal(pipe.out(), 'value\tpath\towner\nv1\t/etc/passwd\troot\n')
  const narrow = makeScreen({ columns: 20 })
  narrow.output.table(['value', 'path', 'owner'], rows, ['value', 'path'])
  assert.equal(
    narrow.out(),
    'value  path\nv1     /etc/passwd\nNo room here for: owner; a wider window or --json has them.\n'
  )
})

test('colour on a terminal only, and never under NO_COLOR', () => {
  assert.equal(paint(makeScreen({ columns: 80, colour: true }).output, 'red', 'x'), '\x1b[31mx\x1b[0m')
  assert.equal(paint(makeScreen({ columns: 80 }).output, 'red', 'x'), 'x')
  assert.equal(paint(makeScreen({ colour: true }).output, 'red', 'x'), 'x')
})

test('status goes to standard error, results to standard output, and a pipe cuts nothing', () => {
  const screen = makeScreen()
  screen.output.status('working')
  screen.output.line('done')
  assert.deepEqual([screen.out(), screen.err()], ['done\n', 'working\n'])
  assert.equal(screen.output.width, Number.POSITIVE_INFINITY)
})

test('a JSON line is one line, the same value, and harmless on a terminal and in a page', () => {
  const screen = makeScreen({ json: true })
  const nasty = '</script>\x1b[2J\x9b31m\u202e\u2028\u{e0041} & "ü"'
  screen.output.record({ type: 'row', path: { t: nasty } })
  assert.deepEqual(screen.records(), [{ v: 1, type: 'row', path: { t: nasty } }])
  assert.match(screen.out(), /^[^\p{Cc}\p{Cf}<>&\u2028]*\n$/u)
})

test('results are sent elsewhere while work is done, and back afterwards', async () => {
  let seen = ''
  const sink = {
    isTTY: false,
    columns: 80,
    write: (text: string | Uint8Array) => {
      seen += String(text)
      return true
    }
  }
  await withResultsTo(sink, async () => makeOutput({}).line('here'))
  assert.equal(seen, 'here\n')
  await assert.rejects(withResultsTo(sink, () => Promise.reject(new Error('failed'))))
  assert.equal(resultSink(), process.stdout)
})

test('a column never takes the place of what the line says itself, and is not lost', () => {
  const line = { type: 'row', host: 'x' }
  assert.deepEqual(
    ['type', 'host', 'v', 'path', 'toString', '__proto__'].map(column => memberOf(column, line)),
    ['type_', 'host_', 'v_', 'path', 'toString', '__proto__']
  )
})
