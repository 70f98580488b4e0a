import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { FEED_BOUNDS } from '../../console/answers/asked-for.ts'
import { collectAll } from '../../console/answers/feed.ts'
import type { FeedItem } from '../../src/mesh/sync/ports.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { makeAnswer } from '../support/answers.ts'
import { feedItem, reached, tellingNode } from '../support/feed.ts'
import { makeTestMesh, type TestMesh } from '../support/mesh.ts'

/**
 * T3. Some hosts of one attacker answer with as much as a node keeps of each, so that a console that reads them has no room
 * left, or leaves the honest nodes that tell it. Expected: they are heard no further, by name; the others are all there.
 */
const ABOUT = 'ac'.repeat(32)
const FILTER = { kinds: ['gumshoe/answer/1'], action: ABOUT }

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

const answer = (host: ReturnType<typeof makeIdentity>, part: number, bytes: number): FeedItem =>
  feedItem(
    'gumshoe/answer/1',
    makeAnswer(mesh, host, ABOUT, { part, last: false }, new Uint8Array(bytes)).parcel
  )

test('hosts that fill the room are heard no further, and those who come after them are', async () => {
  const [crowd, honest] = [Array.from({ length: 8 }, () => makeIdentity()), makeIdentity()]
  const told = [
    ...Array.from({ length: 6 }, (_, part) => crowd.map(host => answer(host, part, 50_000))).flat(),
    answer(honest, 0, 1_000)
  ]
  const { connected, left, heard } = reached(tellingNode('north', () => told))
  const items = await collectAll(connected, FILTER, { bounds: { ...FEED_BOUNDS, bytes: 1_500_000 } })
  assert.deepEqual(left, [], 'the node is honest')
  assert.ok(
    items.some(({ id }) => id === told.at(-1)!.id),
    'the honest host is there'
  )
  const bytes = items.reduce((sum, { parcel }) => sum + (parcel.body?.length ?? 0), 0)
  assert.ok(bytes <= 1_500_000, `${bytes} are held`)
  assert.ok(items.length < told.length)
  assert.match(heard.join(), /8 hosts/)
  for (const { peer } of crowd) assert.ok(heard.join().includes(peer))
  assert.ok(!heard.join().includes(honest.peer))
})
