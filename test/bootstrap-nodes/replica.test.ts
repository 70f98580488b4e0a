import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { followFromZero, replicate } from '../../bootstrap-nodes/replica.ts'
import { GumshoeError } from '../../src/errors.ts'
import type { Caller, Cursor, FeedItem, FeedMark, SyncClient } from '../../src/mesh/sync/ports.ts'
import { makeAnswer } from '../support/answers.ts'
import { asNode, type TestKeeper, testKeeper } from '../support/keeper.ts'
import { eventually } from '../support/members.ts'
import { DAY, makeTestMesh, type TestMesh } from '../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

/** The other node as one is asked over a stream, without the stream. */
const clientOf = (other: TestKeeper, self: TestKeeper) => {
  const caller: Caller = asNode(self.identity.peer)
  const asked: { cursors: readonly Cursor[]; wanted: string[] } = { cursors: [], wanted: [] }
  const client: SyncClient = {
    peer: other.identity.peer,
    caller: asNode(other.identity.peer),
    hello: async () => other.port.hello(),
    put: parcel => other.port.put(caller, parcel),
    want: id => {
      asked.wanted.push(id)
      return other.port.want(caller, id)
    },
    putChunk: chunk => other.port.putChunk(caller, chunk),
    wantChunk: (attachment, offset) => other.port.wantChunk(caller, attachment, offset),
    charters: above => other.port.charters(caller, above),
    open: (topics, have) => other.port.open(caller, topics, have),
    head: () => other.port.head(caller),
    neighbours: () => other.port.neighbours(caller),
    present: () => other.port.present(caller),
    follow: (filter, cursors, signal) => {
      asked.cursors = cursors
      return other.port.follow(caller, filter, cursors, signal)
    }
  }
  return { client, asked }
}

/** Follows until the test ends it; the pause between tries is none. */
const start = (client: SyncClient, node: TestKeeper) => {
  const stop = new AbortController()
  const events: string[] = []
  const clock = { ...node.clock, sleep: () => new Promise<void>(done => setTimeout(done, 20)) }
  const running = replicate(
    client,
    { ...node, clock, log: (_, event) => void events.push(event) },
    stop.signal
  )
  return {
    events,
    end: async () => {
      stop.abort()
      await running
    }
  }
}

/** A node with a question, two members and their answers. */
const filled = async (t: Parameters<typeof testKeeper>[0], own: TestMesh, which: number) => {
  const node = await testKeeper(t, own, which)
  const { raw, id } = await own.signAction({}, 'joe')
  await node.keeper.put('console', { envelope: raw })
  const answers: string[] = []
  for (let i = 0; i < 2; i++) {
    const agent = await own.enrol()
    await node.meet(agent)
    const answer = makeAnswer(own, agent.identity, id)
    await node.keeper.put('agent', answer.parcel)
    answers.push(answer.id)
  }
  return { node, action: id, answers }
}

test('everything that another node keeps is taken, over several lives, once', async t => {
  const [north, { node: south, answers }] = [await testKeeper(t, mesh, 0), await filled(t, mesh, 1)]
  const { client, asked } = clientOf(south, north)
  const first = start(client, north)
  await eventually('all is there', () => north.documents.count === south.documents.count)
  await first.end()
  for (const id of answers) assert.ok(await north.documents.has(id))
  const second = start(client, north)
  await eventually('it follows from where it stood', () => asked.cursors.length === 1)
  assert.deepEqual(asked.cursors, [south.documents.cursor])
  await second.end()
  await followFromZero(north.database)
  const third = start(client, north)
  await eventually('it follows from zero', () => asked.cursors.length === 0)
  await third.end()
})

test('a node that is new after the window still gets the question with its answers', async t => {
  const [north, { node: south, answers }] = [await testKeeper(t, mesh, 0), await filled(t, mesh, 1)]
  for (const { time } of [north, south]) time.now += 3 * DAY
  const { end } = start(clientOf(south, north).client, north)
  await eventually('all is there', () => north.documents.count === south.documents.count)
  await end()
  for (const id of answers) assert.ok(await north.documents.has(id))
})

test('what comes before what it names waits for it', async t => {
  const [north, { node: south }] = [await testKeeper(t, mesh, 0), await filled(t, mesh, 1)]
  const { client } = clientOf(south, north)
  const backwards: SyncClient = {
    ...client,
    follow: async function* (filter, cursors, signal): AsyncGenerator<FeedItem | FeedMark> {
      const items: (FeedItem | FeedMark)[] = []
      for await (const item of client.follow({ ...filter, untilNow: true }, cursors, signal)) items.push(item)
      const [mark, ...rest] = items.reverse()
      yield* rest
      yield mark!
      await new Promise<void>(done => signal.addEventListener('abort', () => done(), { once: true }))
    }
  }
  const { end } = start(backwards, north)
  await eventually('all is there', () => north.documents.count === south.documents.count)
  await end()
})

test('newer charters are taken first, several in order', async t => {
  const own = await makeTestMesh()
  const north = await testKeeper(t, own, 0)
  await own.advance({ name: 'second' })
  await own.advance({ name: 'third' })
  const { node: south } = await filled(t, own, 1)
  const { end } = start(clientOf(south, north).client, north)
  await eventually('all is there', () => north.documents.count === south.documents.count)
  assert.equal(north.chain.current.charter.version, 3)
  await end()
})

test('a stream that breaks is begun again, and a lie in it is passed over', async t => {
  const [north, { node: south }] = [await testKeeper(t, mesh, 0), await filled(t, mesh, 1)]
  const { client } = clientOf(south, north)
  let follows = 0
  const weak: SyncClient = {
    ...client,
    follow: async function* (filter, cursors, signal): AsyncGenerator<FeedItem | FeedMark> {
      let count = 0
      follows++
      for await (const item of client.follow(filter, cursors, signal)) {
        if ('caughtUp' in item) {
          yield item
          continue
        }
        yield { ...item, parcel: { envelope: new Uint8Array([1, 2, 3]) } }
        yield item
        if (++count === 3 && follows === 1) throw new GumshoeError('unreached', 'The stream broke.')
      }
    }
  }
  const { end } = start(weak, north)
  await eventually('all is there', () => north.documents.count === south.documents.count)
  assert.equal(follows, 2)
  await end()
})

test('what was damaged here is asked for by its id', async t => {
  const [north, { node: south, answers }] = [await testKeeper(t, mesh, 0), await filled(t, mesh, 1)]
  const { client, asked } = clientOf(south, north)
  const before = start(client, north)
  await eventually('all is there', () => north.documents.count === south.documents.count)
  await before.end()
  await north.database.write([{ shelf: 'doc', key: answers[0]!, value: new Uint8Array(9) }], { sync: true })
  await north.documents.scrub(new AbortController().signal)
  await north.documents.scrub(new AbortController().signal)
  assert.deepEqual(north.documents.missing(), [answers[0]])
  const after = start(client, north)
  await eventually('it is there again', () => north.documents.has(answers[0]!))
  assert.deepEqual(asked.wanted, [answers[0]])
  await north.database.write([{ shelf: 'doc', key: answers[1]!, value: new Uint8Array(9) }], { sync: true })
  await north.documents.scrub(new AbortController().signal)
  assert.deepEqual(north.documents.missing(), [answers[1]])
  await eventually('chaos store: also what is found while it is connected', () =>
    north.documents.has(answers[1]!)
  )
  await after.end()
})

test('a full disk holds replication up and loses nothing', async t => {
  const [north, { node: south }] = [await testKeeper(t, mesh, 0), await filled(t, mesh, 1)]
  north.time.free = 0
  const { end } = start(clientOf(south, north).client, north)
  await new Promise(done => setTimeout(done, 100))
  assert.equal(north.documents.count, 0)
  assert.deepEqual(await north.database.keys('cursor'), [])
  north.time.free = 1 << 30
  north.time.monotonic += 10_000
  await eventually('all is there', () => north.documents.count === south.documents.count)
  await end()
})

test('chaos store: answers are taken together, so that a refill costs a share of a sync each', async t => {
  const [north, south] = [await testKeeper(t, mesh, 0), await testKeeper(t, mesh, 1)]
  const { raw, id } = await mesh.signAction({}, 'joe')
  await south.keeper.put('console', { envelope: raw })
  const agents = await Promise.all(Array.from({ length: 40 }, () => mesh.enrol()))
  for (const agent of agents) await south.meet(agent)
  for (const { identity } of agents) await south.keeper.put('agent', makeAnswer(mesh, identity, id).parcel)
  let under = 0
  const keeper: Pick<TestKeeper['keeper'], 'put'> = {
    put: async (from, parcel) => {
      // No answer is kept before many are on the way: one by one, none ever would be.
      if (parcel.body !== undefined) {
        under++
        await eventually('many are on the way', () => under >= 30)
      }
      return north.keeper.put(from, parcel)
    }
  }
  const { end } = start(clientOf(south, north).client, { ...north, keeper } as TestKeeper)
  await eventually('all is there', () => north.documents.count === south.documents.count)
  await eventually('and then the cursor is written', async () => {
    const [peer] = await north.database.keys('cursor')
    return peer === south.identity.peer
  })
  await end()
})
