import assert from 'node:assert/strict'
import { chmodSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Dictionary, Gatherer } from '../../console/answers/dictionary.ts'
import { Resolver } from '../../console/answers/resolve.ts'
import { KnownWords } from '../../console/known-words.ts'
import { utf8Bytes } from '../../src/codec.ts'
import { LIMITS } from '../../src/limits.ts'
import { file } from '../../src/modules/file.ts'
import { disclose } from '../../src/trust/commit.ts'
import { temporary } from '../support/agent-parts.ts'
import { fileRow } from '../support/case.ts'

const gathered = (work: (gatherer: Gatherer) => void): Dictionary => {
  const gatherer = new Gatherer()
  work(gatherer)
  return gatherer.words
}
const texts = (words: readonly Uint8Array[]) => words.map(word => Buffer.from(word).toString()).sort()

test('a row in clear teaches its private columns: components of paths, other values whole, nothing plain', () => {
  const words = gathered(gatherer => {
    gatherer.addRow(file, fileRow('/opt/acme-inc/x', { owner: 'olga', size: 7 }))
    gatherer.addRow(file, fileRow('/opt/acme-inc/y', { owner: 'olga' }))
    gatherer.addRow(file, { path: { p: [new Uint8Array(16)] }, owner: { c: new Uint8Array(16) } })
  })
  assert.deepEqual(texts(words.components), ['acme-inc', 'opt', 'x', 'y'])
  assert.deepEqual(texts(words.values), ['olga', 'root'])
})

test('a list teaches paths and words; what is empty or too long teaches nothing', () => {
  const words = gathered(gatherer => gatherer.addLines(`/opt/acme-inc\r\n\n  olga \n${'x'.repeat(5_000)}\n`))
  assert.deepEqual(texts(words.components), ['acme-inc', 'olga', 'opt'])
  assert.deepEqual(texts(words.values), ['/opt/acme-inc', 'olga'])
})

test('what was learnt lights what was dark, and only that; each column is tried when it is looked at', () => {
  const action = 'a'.repeat(64)
  const dictionary = gathered(gatherer => gatherer.addLines('/opt/acme-inc\nolga'))
  const { rows } = disclose('hashed', file, action, [], [fileRow('/opt/acme-inc/evil', { owner: 'olga' })])
  const show = (resolver: Resolver, column: string) =>
    resolver.show(column, file.columns[column], rows[0]![column])
  const [without, knowing] = [new Resolver(action, file, []), new Resolver(action, file, [], dictionary)]
  assert.match(show(without, 'path').text, /^\/opt\/⟨....⟩\/⟨....⟩$/)
  assert.match(show(knowing, 'path').text, /^\/opt\/acme-inc\/⟨....⟩$/)
  assert.deepEqual([show(without, 'owner').dark, show(knowing, 'owner').text], [true, 'olga'])
  assert.ok(knowing.isKnown('owner', (rows[0]!['owner'] as { c: Uint8Array }).c))
})

test('sources are kept privately, named, listed and forgotten; a damaged one costs only itself', t => {
  const home = temporary(t)
  chmodSync(home, 0o700)
  const known = new KnownWords(home)
  assert.deepEqual(known.list(), [])
  const words = gathered(gatherer => gatherer.addLines('/opt/acme-inc'))
  assert.equal(known.add('web-01 (a7)', words, 5).name, 'k1')
  assert.equal(known.add('list', words, 6).name, 'k2')
  assert.equal(statSync(join(home, 'known/k1.cbor')).mode & 0o777, 0o600)
  assert.deepEqual(
    known.list().map(({ name, from, at }) => [name, from, at]),
    [
      ['k1', 'web-01 (a7)', 5],
      ['k2', 'list', 6]
    ]
  )
  assert.deepEqual(texts(known.all().components), ['acme-inc', 'acme-inc', 'opt', 'opt'])
  writeFileSync(join(home, 'known/k2.cbor'), 'no')
  assert.deepEqual(
    known.list().map(({ name }) => name),
    ['k1']
  )
  known.forget('k1')
  assert.throws(() => known.forget('k1'), { code: 'not-found' })
  assert.throws(() => known.forget('../k1'), { code: 'not-found' })
})

test('a console knows a bounded number of words', t => {
  const home = temporary(t)
  chmodSync(home, 0o700)
  const many = (from: number, number: number) =>
    Array.from({ length: number }, (_, i) => utf8Bytes(`${from + i}`))
  const known = new KnownWords(home)
  known.add('one', { components: many(0, LIMITS.knownWords - 1), values: [] }, 0)
  assert.equal(known.all().components.length, LIMITS.knownWords - 1)
  assert.throws(() => known.add('two', { components: many(0, 2), values: [] }, 0), { code: 'too-large' })
  const tooMany = (gatherer: Gatherer) => {
    for (const word of many(0, LIMITS.knownWords + 1)) gatherer.addValue(word)
  }
  assert.throws(() => gathered(tooMany), { code: 'too-large' })
})
