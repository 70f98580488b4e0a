import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settledSoon } from '../../console/soon.ts'

const never = new Promise<string>(() => undefined)

test('who keeps silent is left out once another one has answered', async () => {
  const [silent, quick, failed] = await settledSoon([
    never,
    Promise.resolve('quick'),
    Promise.reject(new Error('no'))
  ])
  assert.equal(silent, undefined)
  assert.deepEqual(quick, { status: 'fulfilled', value: 'quick' })
  assert.equal(failed?.status, 'rejected')
})

test('a failure is no answer: the others are waited for, and all that failed are told', async () => {
  let end: (value: string) => void = () => undefined
  const slow = new Promise<string>(done => (end = done))
  const work = settledSoon([Promise.reject(new Error('no')), slow])
  setTimeout(() => end('slow'), 100)
  assert.deepEqual((await work)[1], { status: 'fulfilled', value: 'slow' })
  const none = await settledSoon([Promise.reject(new Error('one')), Promise.reject(new Error('two'))])
  assert.deepEqual(
    none.map(result => result?.status),
    ['rejected', 'rejected']
  )
  assert.deepEqual(await settledSoon([]), [])
})
