import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Recent } from '../../../src/store/recent.ts'
import { textDocument } from '../../support/store.ts'

const large = (text: string) => textDocument(text, undefined, new Uint8Array(1_000))

test('the last documents stay, the oldest go when their bytes are too many', () => {
  const [a, b, c] = [large('a'), large('b'), large('c')]
  const recent = new Recent(4_500)
  for (const kept of [a, b, c]) recent.add(kept)
  assert.equal(recent.get(a.id), undefined)
  assert.deepEqual([recent.get(b.id), recent.get(c.id)], [b, c])
  recent.forget(b.id)
  recent.add(a)
  assert.deepEqual([recent.get(a.id), recent.get(c.id)], [a, c])
})

test('who is asked for stays longer', () => {
  const [a, b, c] = [large('a'), large('b'), large('c')]
  const recent = new Recent(4_500)
  recent.add(a)
  recent.add(b)
  recent.get(a.id)
  recent.add(c)
  assert.deepEqual([recent.get(a.id), recent.get(b.id), recent.get(c.id)], [a, undefined, c])
})

test('the same document again takes no more room, and one that is too large is not kept', () => {
  const [a, b] = [large('a'), large('b')]
  const recent = new Recent(4_500)
  recent.add(b)
  for (let i = 0; i < 10; i++) recent.add(a)
  assert.deepEqual([recent.get(a.id), recent.get(b.id)], [a, b])
  const huge = textDocument('c', undefined, new Uint8Array(5_000))
  recent.add(huge)
  assert.equal(recent.get(huge.id), undefined)
})

test('what a document was a part of is not held with it', () => {
  const around = new Uint8Array(64 * 1_024)
  const { parcel, ...rest } = large('a')
  around.set(parcel.envelope, 100)
  const envelope = around.subarray(100, 100 + parcel.envelope.length)
  const recent = new Recent(10_000)
  recent.add({ ...rest, parcel: { envelope, body: around.subarray(0, 500) } })
  const held = recent.get(rest.id)!.parcel
  assert.deepEqual(held.envelope, parcel.envelope)
  assert.deepEqual(held.body, around.subarray(0, 500))
  assert.equal(held.envelope.buffer.byteLength, held.envelope.length)
  assert.equal(held.body!.buffer.byteLength, 500)
})
