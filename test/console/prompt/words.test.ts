import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseLine, quoteWord, wordsSoFar } from '../../../console/prompt/words.ts'

test('words as a shell would make them', () => {
  const words = (text: string) => parseLine(text).words
  assert.deepEqual(words(`file --path /etc -t 'role=web and not env=dev'`), [
    'file',
    '--path',
    '/etc',
    '-t',
    'role=web and not env=dev'
  ])
  assert.deepEqual(words(`a "b \\"c\\" \\d" 'e\\f' g\\ h ''`), ['a', 'b "c" \\d', 'e\\f', 'g h', ''])
  assert.deepEqual(words(`--reason='two words'`), ['--reason=two words'])
  assert.deepEqual(words('  '), [])
  assert.deepEqual(words(`$HOME * ~`), ['$HOME', '*', '~'], 'nothing is expanded')
})

test('only grep stands after a bar, and a bar in quotes is a letter', () => {
  assert.deepEqual(parseLine(`show a1 | grep -i web | grep -v '|'`), {
    words: ['show', 'a1'],
    greps: [
      ['-i', 'web'],
      ['-v', '|']
    ]
  })
  assert.throws(() => parseLine('show a1 | less'), { code: 'usage', message: /not less/ })
  assert.throws(() => parseLine('show a1 |'), { code: 'usage' })
  assert.throws(() => parseLine(`say 'it`), { code: 'usage', message: /' is not closed/ })
})

test('any word comes back from its quoted form', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 })), words => {
      assert.deepEqual(parseLine(words.map(quoteWord).join(' ')).words, words)
    })
  )
})

test('the words so far end with the one that is being typed', () => {
  assert.deepEqual(wordsSoFar('show a1 '), ['show', 'a1', ''])
  assert.deepEqual(wordsSoFar(`file -t 'role=web and en`), ['file', '-t', 'role=web and en'])
  assert.deepEqual(wordsSoFar('show a1 | gr'), ['gr'])
})
