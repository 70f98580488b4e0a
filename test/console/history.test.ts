import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { History, sayName } from '../../console/history.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'gumshoe-history-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const record = (id: string) => ({
  id: id.repeat(64),
  at: 1,
  envelope: new Uint8Array(3),
  targeted: [],
  names: {}
})

test('short names count up, the same action keeps its own, and each is found by what was typed', () => {
  const history = new History(home)
  assert.equal(history.next(), 'a1')
  const [one, two] = [history.keep(record('a')), history.keep(record('b'))]
  assert.deepEqual([one.short, two.short, history.keep(record('a')).short], ['a1', 'a2', 'a1'])
  assert.equal(history.resolve('a2').id, 'b'.repeat(64))
  assert.equal(history.resolve('b'.repeat(8)).record?.short, 'a2')
  assert.equal(history.resolve('c'.repeat(64)).record, undefined, 'a whole id needs no record')
  assert.throws(() => history.resolve('a9'), { code: 'not-found', message: /a9/ })
  assert.throws(() => history.resolve('bbb'), { code: 'not-found' }, 'too few digits')
})

test('a name is used once, also where two commands ask at once, and again only where nothing was published', () => {
  const [one, two] = [new History(home), new History(home)]
  const names = Array.from({ length: 10 }, (_, i) => (i % 2 ? one : two).keep(record('abcdef0123'[i]!)).short)
  assert.equal(new Set(names).size, 10)
  const previewed = [one.next(), two.next()]
  assert.deepEqual(previewed, ['a11', 'a11'])
  const asked = [one.keep(record('8')), two.keep(record('9'))].map(({ short }, i) =>
    sayName(short, previewed[i])
  )
  assert.deepEqual(asked, ['a11', 'a12 (another console took a11 since the preview)'])
  one.forget({ short: 'a10' })
  assert.equal(one.list().length, 11)
})

test('one damaged file loses no other, and what others may read is refused', () => {
  const history = new History(home)
  history.keep(record('a'))
  mkdirSync(join(home, 'actions'), { recursive: true })
  for (const [name, text] of [
    ['a7.cbor', 'garbage'],
    ['a8.cbor', ''],
    ['notes.txt', 'mine']
  ] as const)
    writeFileSync(join(home, 'actions', name), text, { mode: 0o600 })
  assert.deepEqual(
    history.list().map(({ short }) => short),
    ['a1']
  )
  assert.equal(history.next(), 'a9')
  const path = join(home, 'actions/a1.cbor')
  assert.equal(statSync(path).mode & 0o777, 0o600)
  chmodSync(path, 0o644)
  assert.throws(() => history.list(), { code: 'home-open' })
})
