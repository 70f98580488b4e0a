import assert from 'node:assert/strict'
import { test } from 'node:test'
import { streamPair } from '@libp2p/utils'
import { utf8Bytes } from '../../../../src/codec.ts'
import { GumshoeError } from '../../../../src/errors.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { Frames } from '../../../../src/mesh/sync/frames.ts'
import type { FeedItem, FeedMark, FollowFilter, SyncPort } from '../../../../src/mesh/sync/ports.ts'
import { serve } from '../../../../src/mesh/sync/serve.ts'
import { makeIdentity } from '../../../../src/trust/identity.ts'
import { eventually, MESH_ID, testPort } from '../../../support/members.ts'
import { serving, testCaller, testClient } from '../../../support/streams.ts'

const { peer: node } = makeIdentity()
const item = (sequence: number, bytes = 10): FeedItem => ({
  cursor: { node, incarnation: 'i', sequence },
  kind: 'gumshoe/answer/1',
  id: MESH_ID,
  parcel: { envelope: utf8Bytes(String(sequence)), body: new Uint8Array(bytes) },
  live: false
})
const feed = (follow: SyncPort['follow']) => testClient(testPort({ follow }))
const take = async (items: AsyncIterable<FeedItem | FeedMark>, most = Number.POSITIVE_INFINITY) => {
  const taken: number[] = []
  for await (const { cursor } of items) {
    taken.push(cursor.sequence)
    if (taken.length === most) break
  }
  return taken
}

test('filter and cursors arrive as they were given, items and marks come back', async () => {
  let asked: { filter: FollowFilter; sequence: number | undefined } | undefined
  const client = feed(async function* (_, filter, cursors) {
    asked = { filter, sequence: cursors[0]?.sequence }
    yield item(8)
    yield { cursor: { node, incarnation: 'i', sequence: 9 }, caughtUp: true }
  })
  const filter = { kinds: ['gumshoe/answer/1'], action: MESH_ID, untilNow: true }
  const cursors = [{ node, incarnation: 'i', sequence: 7 }]
  assert.deepEqual(await take(client.follow(filter, cursors, new AbortController().signal)), [8, 9])
  assert.deepEqual(asked, { filter, sequence: 7 })
})

test('no more is sent than was granted', async () => {
  let made = 0
  const [near, far] = await streamPair({ delay: 0, capacity: 1_000 })
  const port = testPort({
    follow: async function* () {
      for (;;) yield item(++made)
    }
  })
  void serve(far, serving(testCaller(), port))
  const frames = new Frames(near)
  await frames.write(['follow', 1, { filter: {}, cursors: [] }])
  await frames.write(['credit', 1, 3])
  for (let i = 1; i <= 3; i++) assert.equal((await frames.read())?.[0], 'item')
  await new Promise(done => setTimeout(done, 50))
  assert.ok(made <= 4, `${made} were taken from the store`)
  await frames.write(['credit', 1, 1])
  assert.equal((await frames.read())?.[0], 'item')
  frames.abort(new Error('enough'))
})

test('a reader that is slow gets everything, and holds the feed back', async () => {
  let made = 0
  const total = 3 * LIMITS.followCredit
  const client = feed(async function* () {
    while (made < total) yield item(++made, 5_000)
  })
  const taken: number[] = []
  for await (const { cursor } of client.follow({}, [], new AbortController().signal)) {
    taken.push(cursor.sequence)
    if (taken.length === 10) {
      await new Promise(done => setTimeout(done, 50))
      assert.ok(made <= LIMITS.followCredit + 1, `${made} while 10 were taken`)
    }
  }
  assert.deepEqual(
    taken,
    Array.from({ length: total }, (_, i) => i + 1)
  )
})

test('the feed stops when its follower leaves, by break or by signal', async () => {
  const live = () => {
    const state = { stopped: false }
    const client = feed(async function* (_caller, _filter, _cursors, signal) {
      yield item(1)
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      state.stopped = true
    })
    return { state, client }
  }
  const left = live()
  assert.deepEqual(await take(left.client.follow({}, [], new AbortController().signal), 1), [1])
  await eventually('it has stopped', () => left.state.stopped)
  const aborted = live()
  const controller = new AbortController()
  const taking = take(aborted.client.follow({}, [], controller.signal))
  setTimeout(() => controller.abort(), 20)
  assert.deepEqual(await taking, [1])
  await eventually('it has stopped', () => aborted.state.stopped)
})

test('the code of a refused feed is thrown; a feed that breaks off is `unreached`', async () => {
  const refused = feed(async function* () {
    yield* []
    throw new GumshoeError('policy', 'Agents do not follow feeds.')
  })
  await assert.rejects(take(refused.follow({}, [], new AbortController().signal)), { code: 'policy' })
  const [near, far] = await streamPair({ delay: 0, capacity: 1_000 })
  const broken = testPort({
    follow: async function* () {
      yield item(1)
      far.abort(new Error('gone'))
      yield item(2)
    }
  })
  void serve(far, serving(testCaller(), broken))
  const { follow } = await import('../../../../src/mesh/sync/follow.ts')
  const ask = { filter: {}, cursors: [], signal: new AbortController().signal }
  await assert.rejects(take(follow(new Frames(near), node, ask)), { code: 'unreached' })
})

test('a follower that sends anything but credit is cut off', async () => {
  for (const frame of [
    ['put', 3, { envelope: utf8Bytes('x') }],
    ['credit', 1, -5],
    ['credit', 1, 'all']
  ]) {
    const state = { stopped: false }
    const [near, far] = await streamPair({ delay: 0, capacity: 1_000 })
    const port = testPort({
      follow: async function* (_caller, _filter, _cursors, signal) {
        yield* []
        await new Promise(resolve => signal.addEventListener('abort', resolve))
        state.stopped = true
      }
    })
    void serve(far, serving(testCaller(), port))
    const frames = new Frames(near)
    await frames.write(['follow', 1, { filter: {}, cursors: [] }])
    await frames.write(frame)
    assert.equal(await frames.read(), undefined)
    await eventually('it has stopped', () => state.stopped)
  }
})
