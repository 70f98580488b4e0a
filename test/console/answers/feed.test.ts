import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collect } from '../../../console/answers/feed.ts'
import { GumshoeError } from '../../../src/errors.ts'
import type { FeedItem, SyncClient } from '../../../src/mesh/sync/ports.ts'
import { textDocument } from '../../support/store.ts'

const item = (text: string, body?: string): FeedItem => {
  const { kind, id, parcel } = textDocument(
    text,
    undefined,
    body ? new TextEncoder().encode(body) : undefined
  )
  return { cursor: { node: 'n', incarnation: 'i', sequence: 1 }, kind, id, parcel, live: false }
}

/** A node that tells these, then does what follows. */
const node = (items: readonly FeedItem[], then: 'ends' | 'fails' | 'keeps silent' = 'ends'): SyncClient =>
  ({
    peer: 'n',
    async *follow(_: unknown, __: unknown, signal: AbortSignal) {
      yield* items
      if (then === 'fails') throw new GumshoeError('unreached', 'Gone.')
      if (then === 'keeps silent')
        await new Promise<void>(done => signal.addEventListener('abort', () => done(), { once: true }))
    }
  }) as unknown as SyncClient

const bodies = (items: readonly FeedItem[]) =>
  items.map(({ parcel }) => new TextDecoder().decode(parcel.body)).sort()

test('each copy comes once: one with a swapped body does not stand in for the true one, whoever is first', async () => {
  const [honest, evil] = [node([item('a', 'true')]), node([item('a', 'swapped')])]
  for (const nodes of [
    [honest, evil, honest],
    [evil, honest, evil]
  ])
    assert.deepEqual(bodies(await collect(nodes, {})), ['swapped', 'true'])
})

test('what is not what it is called is passed over', async () => {
  const called = { ...item('a', 'x'), id: item('b').id }
  assert.deepEqual(await collect([node([called, item('b', 'y')])], {}).then(bodies), ['y'])
})

test('a node that fails or keeps silent is passed over, with what it told; where all fail it is said', async () => {
  const parts = [
    node([item('a', '1')], 'fails'),
    node([item('b', '2')], 'keeps silent'),
    node([item('c', '3')])
  ]
  assert.deepEqual(bodies(await collect(parts, {})), ['1', '2', '3'])
  await assert.rejects(collect([node([], 'fails'), node([], 'fails')], {}), { code: 'unreached' })
})
