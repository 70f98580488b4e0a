import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { FEED_BOUNDS } from '../../console/answers/asked-for.ts'
import { chainOf } from '../../console/answers/chain-of.ts'
import { collectAll, followAll } from '../../console/answers/feed.ts'
import { LIMITS } from '../../src/limits.ts'
import type { FeedItem, SyncClient } from '../../src/mesh/sync/ports.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { makeAnswer, makeDropped } from '../support/answers.ts'
import { knownHost } from '../support/case.ts'
import { feedItem, reached, tellingNode } from '../support/feed.ts'
import { makeTestMesh, type TestAgent, type TestMesh, testClock } from '../support/mesh.ts'

/**
 * T4. A rogue bootstrap node holds a console up, or fills its memory: its feed never ends, and all that it tells is well
 * formed. Expected: the node is left and named, and what the others tell is gone on with; alone it is an error, not a wait.
 */

const ABOUT = 'ac'.repeat(32)
const FILTER = { kinds: ['gumshoe/answer/1'], action: ABOUT }
const FEW = { ...FEED_BOUNDS, items: 200 }

let mesh: TestMesh
let agent: TestAgent
let honest: FeedItem
before(async () => {
  mesh = await makeTestMesh()
  agent = await mesh.enrol()
  honest = feedItem('gumshoe/answer/1', makeAnswer(mesh, agent.identity, ABOUT).parcel)
})

/** Goes on for as long as it is listened to, as a node behind a network would. */
const endless = (next: (turn: number) => FeedItem, peer = 'evil'): SyncClient =>
  tellingNode(peer, async function* (_, signal) {
    for (let turn = 0; !signal.aborted; turn++) {
      if (turn % 50 === 0) await new Promise(done => setImmediate(done))
      yield next(turn)
    }
  })

const answers = (): ((turn: number) => FeedItem) => {
  const stranger = makeIdentity()
  return turn =>
    feedItem('gumshoe/answer/1', makeAnswer(mesh, stranger, ABOUT, { part: turn, last: false }).parcel)
}
/** Each with another body, so that every one is a copy of its own. */
const copies = (turn: number): FeedItem => ({
  ...honest,
  parcel: { ...honest.parcel, body: new Uint8Array([turn & 255, (turn >> 8) & 255, turn >> 16]) }
})
const foreign = (): FeedItem =>
  feedItem('gumshoe/answer/1', makeAnswer(mesh, agent.identity, 'bd'.repeat(32)).parcel)
const otherKind = (turn: number): FeedItem =>
  feedItem('gumshoe/dropped/1', makeDropped(mesh, agent.identity, ABOUT, turn + 1).parcel)

const honestNode = () => tellingNode('honest', () => [honest])

test('beside an honest node: it is left by name, and what the honest one tells is there', {
  timeout: 60_000
}, async () => {
  for (const next of [answers(), copies, foreign, otherKind]) {
    const { connected, left } = reached(endless(next), honestNode())
    const items = await collectAll(connected, FILTER, { bounds: { ...FEW, strays: 20 } })
    assert.deepEqual(left, ['evil'])
    assert.ok(items.some(({ id, parcel }) => id === honest.id && parcel.body === honest.parcel.body))
    assert.ok(items.length <= FEW.items + 1)
    assert.deepEqual(
      (await connected.nodes()).map(({ peer }) => peer),
      ['honest'],
      'it is asked no more'
    )
  }
})

test('alone: an error, by documents, bytes or time, whichever comes first', { timeout: 60_000 }, async () => {
  const bounds = { items: 200, hostBytes: 100_000, strays: 20 }
  for (const [what, number] of Object.entries(bounds)) {
    const { connected, left } = reached(endless(what === 'strays' ? foreign : answers()))
    await assert.rejects(collectAll(connected, FILTER, { bounds: { ...FEED_BOUNDS, [what]: number } }), {
      code: 'protocol'
    })
    assert.deepEqual(left, ['evil'], what)
  }
  // With the limits of the house: an hour passes between two words.
  let now = 0
  const clock = { ...testClock, monotonic: () => (now += 3_600_000) }
  const { connected } = reached(endless(answers()))
  await assert.rejects(collectAll(connected, FILTER, { clock }), { code: 'protocol' })
})

test('while answers are followed: it is left, and the others are heard on', { timeout: 60_000 }, async () => {
  const late = tellingNode('honest', async function* () {
    while (left.length === 0) await new Promise(done => setTimeout(done, 5))
    yield honest
  })
  const { connected, left } = reached(endless(foreign), late)
  const stop = new AbortController()
  const heard: string[] = []
  await followAll(connected, FILTER, stop.signal, ({ id }) => {
    heard.push(id)
    if (id === honest.id) stop.abort()
  })
  assert.deepEqual(left, ['evil'])
  assert.deepEqual(heard, [honest.id])
})

test('a chain of answers is read without holding what is sealed in it, or what others signed', {
  timeout: 60_000
}, async () => {
  const stranger = makeIdentity()
  // Together more than a console holds of one node.
  const body = new Uint8Array(32 << 20)
  const seqs = Array.from({ length: 2 + Math.ceil(LIMITS.feedBytes / body.length) }, (_, i) => i + 1)
  let prev: string | undefined
  const items = seqs.flatMap(seq => {
    const answer = makeAnswer(mesh, agent.identity, ABOUT, { seq, ...(prev && { prev }) })
    prev = answer.id
    return [answer, makeAnswer(mesh, stranger, ABOUT, { seq: 1_000 + seq })].map(({ parcel }) =>
      feedItem('gumshoe/answer/1', { ...parcel, body })
    )
  })
  const { connected, left } = reached(tellingNode('n', () => items))
  const head = { seq: seqs.length, id: prev! }
  const view = await chainOf(
    { ...connected, chain: mesh.chain },
    agent.identity.peer,
    knownHost('one', { peer: agent.identity.peer, tags: [] }, { head })
  )
  assert.deepEqual(left, [])
  assert.deepEqual(view.findings, [])
})
