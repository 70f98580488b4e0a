import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide, shortKey } from '../../../console/ask/decide.ts'
import { utf8Bytes } from '../../../src/codec.ts'

const asked = async (answers: string[], change = {}) => {
  const questions: string[] = []
  const told: string[] = []
  const decision = await decide({
    key: '22DD…1BD1',
    bytes: utf8Bytes('{"the":"bytes"}'),
    canEdit: true,
    home: '/none',
    ask: async question => {
      questions.push(question)
      return answers.shift() ?? 'n'
    },
    tell: text => void told.push(text),
    ...change
  })
  return { decision, questions, told }
}

test('only y signs; nothing, ^D and anything else do not', async () => {
  for (const [answer, decision] of [
    ['y', 'sign'],
    ['Y ', 'sign'],
    ['s', 'save'],
    ['e', 'edit'],
    ['n', 'no'],
    ['', 'no'],
    ['q', 'no']
  ] as const)
    assert.equal((await asked([answer])).decision, decision, answer)
})

test('what is not understood asks again, and signs nothing', async () => {
  const { decision, questions, told } = await asked(['yep', 'l', 'b', 'n'])
  assert.equal(decision, 'no')
  assert.equal(questions.length, 4)
  assert.match(told[0]!, /"yep".*n signs nothing/)
  assert.match(told[1]!, /"l"/, 'it can not be tried here')
  assert.equal(told[2], '{"the":"bytes"}', 'the very bytes')
})

test('the question says with which key, and offers only what there is', async () => {
  const { questions } = await asked(['n'], { canEdit: false })
  assert.equal(questions[0], '[y] sign with 22DD…1BD1  [b] bytes  [s] save for a co-signer  [n] no: ')
  assert.equal((await asked(['e'], { canEdit: false })).decision, 'no')
  assert.equal(shortKey(`22dd${'0'.repeat(32)}1bd1`), '22DD…1BD1')
})
