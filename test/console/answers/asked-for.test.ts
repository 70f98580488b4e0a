import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { Account, FEED_BOUNDS, isAskedFor } from '../../../console/answers/asked-for.ts'
import { LIMITS } from '../../../src/limits.ts'
import type { FeedItem, FollowFilter } from '../../../src/mesh/sync/ports.ts'
import { makeAnswer, makeDropped, makePresence } from '../../support/answers.ts'
import { feedItem } from '../../support/feed.ts'
import { makeTestMesh, type TestMesh } from '../../support/mesh.ts'

const ABOUT = 'ac'.repeat(32)
let mesh: TestMesh
let answer: FeedItem
let dropped: FeedItem
let presence: FeedItem
before(async () => {
  mesh = await makeTestMesh()
  const agent = await mesh.enrol()
  answer = feedItem('gumshoe/answer/1', makeAnswer(mesh, agent.identity, ABOUT).parcel)
  dropped = feedItem('gumshoe/dropped/1', makeDropped(mesh, agent.identity, ABOUT, 2).parcel)
  presence = feedItem('gumshoe/presence/1', makePresence(mesh, agent, 1).parcel)
})

test('a document is asked for by its true kind and its action', () => {
  const kinds = ['gumshoe/answer/1']
  const cases: [FeedItem, FollowFilter, boolean][] = [
    [answer, {}, true],
    [answer, { kinds }, true],
    [answer, { action: ABOUT }, true],
    [answer, { action: ABOUT, kinds }, true],
    [answer, { action: 'bd'.repeat(32) }, false],
    [dropped, { action: ABOUT }, true],
    [dropped, { action: ABOUT, kinds }, false],
    [{ ...dropped, kind: 'gumshoe/answer/1' }, { kinds }, false],
    [presence, {}, true],
    [presence, { action: ABOUT }, false],
    [{ ...presence, kind: 'gumshoe/presence/2' }, {}, false],
    [{ ...presence, kind: 'toString' }, {}, false],
    [{ ...presence, parcel: { ...presence.parcel, body: new Uint8Array(1) } }, {}, false],
    [{ ...answer, id: ABOUT }, {}, false],
    [{ ...answer, parcel: { envelope: new Uint8Array([1]) } }, {}, false]
  ]
  for (const [item, filter, is] of cases)
    assert.equal(isAskedFor(item, filter), is, `${item.kind} ${JSON.stringify(filter)}`)
})

test('an action is asked for by its own id', async () => {
  const { raw, id } = await mesh.signAction({}, 'julien')
  const item = feedItem('gumshoe/action/1', { envelope: raw })
  assert.equal(isAskedFor(item, { action: id }), true)
  assert.equal(isAskedFor(item, { action: ABOUT }), false)
})

test('each bound ends it one after the last that may come', () => {
  const size = answer.parcel.envelope.length + 2_000
  const few = { items: 3, bytes: size, hostBytes: 1e9, ms: 10, strays: 2 }
  const account = (change = {}) => new Account('n', {}, { ...few, ...change }, 100)
  const stray = { ...answer, kind: 'gumshoe/dropped/1' }
  const throws = (work: () => unknown) => assert.throws(work, { code: 'protocol' })

  const items = account()
  for (let i = 0; i < 3; i++) assert.equal(items.take(answer, 100), true)
  throws(() => items.take(answer, 100))
  const marks = account()
  for (let i = 0; i < 3; i++) assert.equal(marks.take({ cursor: answer.cursor, caughtUp: true }, 100), false)
  throws(() => marks.take({ cursor: answer.cursor, caughtUp: true }, 100))
  const strays = account()
  for (let i = 0; i < 2; i++) assert.equal(strays.take(stray, 100), false)
  throws(() => strays.take(stray, 100))
  const late = account()
  assert.equal(late.take(answer, 110), true)
  throws(() => late.take(answer, 111))
  const held = account()
  held.hold(answer)
  throws(() => held.hold(answer))
  const host = account({ bytes: 1e9, hostBytes: size })
  assert.equal(host.hold(answer), true)
  throws(() => host.hold(answer))
  assert.deepEqual(FEED_BOUNDS, {
    items: LIMITS.feedItems,
    bytes: LIMITS.feedBytes,
    hostBytes: LIMITS.feedHostBytes,
    ms: LIMITS.feedMs,
    strays: LIMITS.feedStrays
  })
})
