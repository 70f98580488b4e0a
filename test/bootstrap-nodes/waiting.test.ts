import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Waiting } from '../../bootstrap-nodes/waiting.ts'
import { LIMITS } from '../../src/limits.ts'

test('what waits is bounded in bytes and in tries', () => {
  const waiting = new Waiting()
  const envelope = new Uint8Array(10)
  assert.equal(waiting.add({ envelope }, 1), true)
  assert.equal(waiting.add({ envelope, body: new Uint8Array(LIMITS.replicaWaitingBytes - 19) }, 1), false)
  assert.equal(waiting.add({ envelope, body: new Uint8Array(LIMITS.replicaWaitingBytes - 20) }, 1), true)
  assert.equal(waiting.add({ envelope: new Uint8Array(1) }, 1), false)
  assert.equal(waiting.takeAll().length, 2)
  assert.equal(waiting.size, 0)
  assert.equal(waiting.add({ envelope }, 30), true)
  assert.equal(waiting.add({ envelope }, 31), false)
})
