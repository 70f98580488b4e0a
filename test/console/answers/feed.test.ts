import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { collect } from '../../../console/answers/feed.ts'
import { GumshoeError } from '../../../src/errors.ts'
import type { FeedItem, SyncClient } from '../../../src/mesh/sync/ports.ts'
import { makeAnswer } from '../../support/answers.ts'
import { feedItem, tellingNode } from '../../support/feed.ts'
import { makeTestMesh, type TestAgent, type TestMesh } from '../../support/mesh.ts'

let mesh: TestMesh
let agent: TestAgent
before(async () => {
  mesh = await makeTestMesh()
  agent = await mesh.enrol()
})

/** The seq-th answer of one host, always of the same bytes, with this text as its body. */
const item = (seq: number, body: string): FeedItem => {
  const { parcel } = makeAnswer(mesh, agent.identity, 'ac'.repeat(32), {
    seq,
    digest: new Uint8Array(32),
    commit: new Uint8Array(32),
    length: 1
  })
  return feedItem('gumshoe/answer/1', {
    envelope: parcel.envelope,
    body: new TextEncoder().encode(body)
  })
}

/** A node that tells these, then does what follows. */
const node = (items: readonly FeedItem[], then: 'ends' | 'fails' | 'keeps silent' = 'ends'): SyncClient =>
  tellingNode('n', async function* (_, signal) {
    yield* items
    if (then === 'fails') throw new GumshoeError('unreached', 'Gone.')
    if (then === 'keeps silent')
      await new Promise<void>(done => signal.addEventListener('abort', () => done(), { once: true }))
  })

const bodies = (items: readonly FeedItem[]) =>
  items.map(({ parcel }) => new TextDecoder().decode(parcel.body)).sort()

test('each copy comes once: one with a swapped body does not stand in for the true one, whoever is first', async () => {
  const [honest, evil] = [node([item(1, 'true')]), node([item(1, 'swapped')])]
  for (const nodes of [
    [honest, evil, honest],
    [evil, honest, evil]
  ])
    assert.deepEqual(bodies(await collect(nodes, {})), ['swapped', 'true'])
})

test('what is not what it is called is passed over', async () => {
  const called = { ...item(1, 'x'), id: item(2, '').id }
  assert.deepEqual(await collect([node([called, item(2, 'y')])], {}).then(bodies), ['y'])
})

test('a node that fails or keeps silent is passed over, with what it told; where all fail it is said', async () => {
  const parts = [node([item(1, '1')], 'fails'), node([item(2, '2')], 'keeps silent'), node([item(3, '3')])]
  assert.deepEqual(bodies(await collect(parts, {})), ['1', '2', '3'])
  await assert.rejects(collect([node([], 'fails'), node([], 'fails')], {}), { code: 'unreached' })
})

test('bodies that nobody needs are not held', async () => {
  const [only] = await collect([node([item(1, 'a'), item(1, 'b')])], {}, { bodies: false })
  assert.deepEqual(only?.parcel, { envelope: item(1, '').parcel.envelope })
})
