import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OpenActions } from '../../bootstrap-nodes/open-actions.ts'
import type { Action } from '../../src/documents/action.ts'
import { LIMITS } from '../../src/limits.ts'
import { at, HOUR, NOW } from '../support/mesh.ts'

const action = (target: string, expires = at(HOUR)) => ({ target, expires }) as Action
const KEYS = ['env', 'role']

test('a member is told what its tags are named by, and what is for all', () => {
  const open = new OpenActions()
  open.add('web', action('role=web'), KEYS)
  open.add('db', action('role=db and env=prod'), KEYS)
  open.add('all', action('hostname~"x*"'), KEYS)
  const missing = (tags: string[], have: string[] = []) => open.compare(tags, have, NOW).missing
  assert.deepEqual(missing(['role=web']), ['web', 'all'])
  assert.deepEqual(missing(['role=db', 'env=prod']), ['db', 'all'])
  assert.deepEqual(missing([]), ['all'])
  // On whichever of its two topics it came: who carries only one of them is not asked.
  assert.deepEqual(missing(['env=prod']), ['all'])
  assert.deepEqual(missing(['role=db']), ['all'])
  assert.deepEqual(missing(['role=web'], ['web', 'all']), [])
  assert.equal(open.readable('web', ['role=web']), true)
  assert.equal(open.readable('web', ['role=db']), false)
  assert.equal(open.readable('unknown', ['role=web']), false)
})

test('an action ends with its window and the skew of clocks', () => {
  const open = new OpenActions()
  open.add('a', action('all'), KEYS)
  const end = NOW + HOUR + LIMITS.clockSkewMs
  assert.deepEqual(open.compare([], [], end).missing, ['a'])
  assert.equal(open.isOn('a', 'all', end), true)
  assert.equal(open.isOn('a', 'all', end + 1), false)
  assert.deepEqual(open.compare([], [], end + 1).missing, [])
  assert.equal(open.has('a'), false)
})

test('the topics of an action are those of its conjuncts and the one of all', () => {
  const open = new OpenActions()
  open.add('a', action('role=web or env=prod'), KEYS)
  for (const [tag, is] of [
    ['role=web', true],
    ['env=prod', true],
    ['all', true],
    ['role=db', false]
  ] as const)
    assert.equal(open.isOn('a', tag, NOW), is, tag)
  assert.equal(open.isOn('b', 'all', NOW), false)
})

test('another node may have counted differently: an action of two tags passes on the topic of either', () => {
  const open = new OpenActions()
  open.add('a', action('role=web and env=prod'), KEYS)
  for (const tag of ['role=web', 'env=prod']) assert.equal(open.isOn('a', tag, NOW), true, tag)
  assert.equal(open.isOn('a', 'role=db', NOW), false)
})

test('cancels are told as many as fit a frame, the newest first, for as long as a window may last', () => {
  const open = new OpenActions()
  const envelope = new Uint8Array(LIMITS.smallBytes - 1)
  const most = Math.floor(LIMITS.frameBytes / 2 / LIMITS.smallBytes)
  for (let i = 0; i < most + 6; i++) open.cancel(`c${i}`, new Uint8Array([...envelope, i]), NOW)
  // One from a store of before, when padding was kept: it is passed over, and hides nobody else's.
  open.cancel('padded', new Uint8Array(LIMITS.smallBytes + 1), NOW)
  const { cancels } = open.compare([], [], NOW)
  assert.equal(cancels.length, most)
  assert.equal(cancels[0]!.at(-1), most + 5)
  assert.equal(open.compare([], [], NOW + LIMITS.cancelMs).cancels.length, most)
  assert.equal(open.compare([], [], NOW + LIMITS.cancelMs + 1).cancels.length, 0)
})

test('cancels of what a member may run come before any number of others', () => {
  const open = new OpenActions()
  open.add('a', action('role=web'), KEYS)
  open.cancel('a', new Uint8Array([1]), NOW)
  const padded = new Uint8Array(LIMITS.smallBytes)
  for (let i = 0; i < LIMITS.frameBytes / LIMITS.smallBytes; i++) open.cancel(`c${i}`, padded, NOW)
  assert.deepEqual(open.compare(['role=web'], [], NOW).cancels[0], new Uint8Array([1]))
  assert.equal(open.compare(['role=db'], [], NOW).cancels[0]!.length, padded.length)
})
