import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LIMITS } from '../../../../src/limits.ts'
import { fetchAttachment, giveAttachment, Incoming } from '../../../../src/mesh/sync/attachments.ts'
import { serving, testAttachment } from '../../../support/attachments.ts'
import { testPort } from '../../../support/members.ts'
import { testClient } from '../../../support/streams.ts'

const { whole, named } = testAttachment()
const time = { now: 0 }
const incoming = () => new Incoming({ monotonic: () => time.now++ })
const chunk = (offset: number, end = offset + LIMITS.chunkBytes) => ({
  attachment: named.attachment,
  offset,
  chunk: whole.subarray(offset, end)
})

test('an attachment comes over a stream in chunks, and goes the same way', async () => {
  const got: number[] = []
  const into = incoming()
  const client = testClient(
    testPort({
      wantChunk: async (_, attachment, offset) => {
        got.push(offset)
        return attachment === named.attachment ? serving(whole)(attachment, offset) : undefined
      },
      putChunk: async (_, part) => {
        const taken = into.take('anna', named.attachment, [named.bytes], part)
        if ('next' in taken) return taken.next
        assert.deepEqual(Buffer.from(taken.whole), Buffer.from(whole))
        return named.bytes
      }
    })
  )
  assert.deepEqual(await fetchAttachment(client, named), whole)
  assert.deepEqual(got, [0, LIMITS.chunkBytes, 2 * LIMITS.chunkBytes])
  assert.equal(await fetchAttachment(client, { attachment: '00'.repeat(32), bytes: 9 }), undefined)
  await giveAttachment(client, named, whole)
})

test('a peer that has it already is given nothing, one that has a part is given the rest', async () => {
  const sent: number[] = []
  const putChunk =
    (from: number) =>
    async ({ offset, chunk: bytes }: { offset: number; chunk: Uint8Array }) => {
      if (bytes.length === 0) return from
      sent.push(offset)
      return offset + bytes.length
    }
  await giveAttachment({ putChunk: putChunk(named.bytes) }, named, whole)
  assert.deepEqual(sent, [])
  await giveAttachment({ putChunk: putChunk(LIMITS.chunkBytes) }, named, whole)
  assert.deepEqual(sent, [LIMITS.chunkBytes, 2 * LIMITS.chunkBytes])
  await assert.rejects(giveAttachment({ putChunk: async () => 0 }, named, whole), { code: 'protocol' })
})

test('chunks out of their order move nothing, and say where to go on', () => {
  const into = incoming()
  assert.deepEqual(into.take('anna', named.attachment, [named.bytes], chunk(0, 0)), { next: 0 })
  assert.deepEqual(into.take('anna', named.attachment, [named.bytes], chunk(LIMITS.chunkBytes)), { next: 0 })
  assert.deepEqual(into.take('anna', named.attachment, [named.bytes], chunk(0)), { next: LIMITS.chunkBytes })
  assert.deepEqual(into.take('anna', named.attachment, [named.bytes], chunk(0)), { next: LIMITS.chunkBytes })
  assert.deepEqual(
    into.take('bert', named.attachment, [named.bytes], chunk(0, 0)),
    { next: 0 },
    'each sender has its own place'
  )
})

test('another attachment of the same sender takes the place of the first; the stillest makes room', () => {
  const into = incoming()
  const other = testAttachment(1).named
  into.take('anna', named.attachment, [named.bytes], chunk(0))
  into.take('anna', other.attachment, [other.bytes], { ...chunk(0, 0), attachment: other.attachment })
  assert.deepEqual(into.take('anna', named.attachment, [named.bytes], chunk(0, 0)), { next: 0 })
  into.take('anna', named.attachment, [named.bytes], chunk(0))
  for (let i = 1; i < LIMITS.attachmentsAtOnce; i++)
    into.take(`other ${i}`, named.attachment, [named.bytes], chunk(0))
  into.take('other 1', named.attachment, [named.bytes], chunk(0, 0))
  into.take('one more', named.attachment, [named.bytes], chunk(0))
  assert.deepEqual(into.take('other 1', named.attachment, [named.bytes], chunk(0, 0)), {
    next: LIMITS.chunkBytes
  })
  assert.deepEqual(into.take('anna', named.attachment, [named.bytes], chunk(0, 0)), { next: 0 })
})
