import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Seen } from '../../../src/trust/seen.ts'

test('ids are remembered, forgotten, and the oldest give way', () => {
  const seen = new Seen(2)
  seen.add('a')
  seen.add('b')
  assert.ok(seen.has('a') && seen.has('b'))
  seen.add('c')
  assert.deepEqual([seen.has('a'), seen.has('b'), seen.has('c')], [false, true, true])
  seen.forget('b')
  assert.ok(!seen.has('b'))
})

test('envelopes of one id take turns, those of others do not wait', async () => {
  const seen = new Seen()
  const log: string[] = []
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const slow = seen.turn('a', async () => {
    log.push('a1 begins')
    await gate
    log.push('a1 ends')
  })
  const next = seen.turn('a', async () => log.push('a2'))
  await seen.turn('b', async () => log.push('b'))
  open()
  await Promise.all([slow, next])
  assert.deepEqual(log, ['a1 begins', 'b', 'a1 ends', 'a2'])
})

test('a turn that fails holds up nobody, and its failure reaches its own caller', async () => {
  const seen = new Seen()
  const failing = seen.turn('a', () => Promise.reject(new Error('broken')))
  const next = seen.turn('a', async () => 'fine')
  await assert.rejects(failing, /broken/)
  assert.equal(await next, 'fine')
})
