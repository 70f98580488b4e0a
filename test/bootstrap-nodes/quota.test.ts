import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Keeper, type KeeperComponents } from '../../bootstrap-nodes/keeper.ts'
import { Quota } from '../../bootstrap-nodes/quota.ts'
import { LIMITS } from '../../src/limits.ts'
import { Database } from '../../src/store/database.ts'
import { Documents } from '../../src/store/documents.ts'
import type { Index, Kept } from '../../src/store/kept.ts'
import { makeAnswer, makeDropped } from '../support/answers.ts'
import { testDirectory } from '../support/directory.ts'
import { testKeeper } from '../support/keeper.ts'
import { makeTestMesh } from '../support/mesh.ts'
import { ACTION, breakRecord, textDocument } from '../support/store.ts'

const MOST = LIMITS.answersPerAgentAction

interface Text extends Kept {
  readonly kind: 'gumshoe/answer/1'
}
const textOf = (text: string): Text => textDocument(text) as Text
const by = (agent: string, action = ACTION): Index => ({ action, place: `${agent}/o1` })

const opened = async (directory: string) => {
  const database = await Database.open(directory)
  return { database, documents: await Documents.open(database, 'node') }
}

/** Puts so many answers of this host, one after the other as a keeper does. */
const fillShare = async (quota: Quota, agent: string, from: number, to: number, action = ACTION) => {
  for (let i = from; i < to; i++) await (await quota.check(textOf(`${agent}-${i}`), by(agent, action)))()
}

const isFull = (quota: Quota, agent: string, action = ACTION) =>
  assert.rejects(quota.check(textOf(`${agent}-more`), by(agent, action)), { code: 'quota' })

/** Counts how often the index is read. */
const counted = (documents: Documents) => {
  const read = { times: 0 }
  const about = documents.about.bind(documents)
  documents.about = (...from) => {
    read.times++
    return about(...from)
  }
  return read
}

test('the index is read once a share, also while it is refused', async () => {
  const { database, documents } = await opened(join(testDirectory(), 'db'))
  const read = counted(documents)
  const quota = new Quota(documents)
  await fillShare(quota, 'loud', 0, MOST)
  for (let i = 0; i < 5; i++) await isFull(quota, 'loud')
  assert.equal(read.times, 1)
  await fillShare(quota, 'quiet', 0, 1)
  assert.equal(read.times, 2)
  await database.close()
})

test('a share holds over a restart', async () => {
  const directory = join(testDirectory(), 'db')
  const first = await opened(directory)
  await fillShare(new Quota(first.documents), 'loud', 0, MOST - 1)
  await first.database.close()
  const { database, documents } = await opened(directory)
  const quota = new Quota(documents)
  await fillShare(quota, 'loud', MOST - 1, MOST)
  await isFull(quota, 'loud')
  await database.close()
})

test('who was forgotten for want of room is counted anew', async () => {
  const { database, documents } = await opened(join(testDirectory(), 'db'))
  const read = counted(documents)
  const quota = new Quota(documents, 2)
  await fillShare(quota, 'loud', 0, MOST)
  for (const other of ['a', 'b', 'c']) await fillShare(quota, other, 0, 1)
  await isFull(quota, 'loud')
  assert.equal(read.times, 5)
  await database.close()
})

test('an action that was forgotten leaves room, of another nothing is forgotten', async () => {
  const { database, documents } = await opened(join(testDirectory(), 'db'))
  const quota = new Quota(documents)
  const other = 'ad'.repeat(32)
  await fillShare(quota, 'loud', 0, MOST)
  await fillShare(quota, 'loud', MOST, 2 * MOST, other)
  await documents.forget(ACTION)
  await fillShare(quota, 'loud', 0, MOST)
  await isFull(quota, 'loud')
  await isFull(quota, 'loud', other)
  await database.close()
})

test('what was damaged and is put again counts once', async () => {
  const directory = join(testDirectory(), 'db')
  const first = await opened(directory)
  await fillShare(new Quota(first.documents), 'loud', 0, MOST - 1)
  await first.database.close()
  const hurt = textOf('loud-0')
  await breakRecord(directory, 'doc', hurt.id)
  const { database, documents } = await opened(directory)
  const quota = new Quota(documents)
  assert.equal(await documents.has(hurt.id), false)
  await fillShare(quota, 'loud', 0, 1)
  await fillShare(quota, 'loud', MOST - 1, MOST)
  await isFull(quota, 'loud')
  await database.close()
})

test('a put that failed counts for as much as is on the disk', async () => {
  const { database, documents } = await opened(join(testDirectory(), 'db'))
  const quota = new Quota(documents)
  await fillShare(quota, 'loud', 0, MOST - 1)
  const put = await quota.check(textOf('loud-last'), by('loud'))
  const real = documents.put.bind(documents)
  documents.put = async (...what) => {
    await real(...what)
    throw new Error('Its sync failed, and it is there.')
  }
  await assert.rejects(put())
  documents.put = real
  await isFull(quota, 'loud')
  await database.close()
})

test('a share is one, whether a host or another node brings it, all at once and in two lives of a node', async t => {
  const mesh = await makeTestMesh()
  const node = await testKeeper(t, mesh)
  const agent = await mesh.enrol()
  await node.meet(agent)
  const { raw, id } = await mesh.signAction({}, 'joe')
  await node.keeper.put('console', { envelope: raw })
  const part = (seq: number) => makeAnswer(mesh, agent.identity, id, { seq, part: seq - 1 }).parcel
  const half = Array.from({ length: MOST / 2 }, (_, i) => part(i + 1))
  await Promise.all(half.map((parcel, i) => node.keeper.put(i % 2 ? 'agent' : 'node', parcel)))
  // The same ones once more, and gaps, take nothing of it.
  await Promise.all(half.map(parcel => node.keeper.put('node', parcel)))
  await node.keeper.put('agent', makeDropped(mesh, agent.identity, id, 1_000).parcel)
  const again = new Keeper({ ...(node as unknown as KeeperComponents), charterTaken: async () => undefined })
  const rest = Array.from({ length: MOST / 2 + 7 }, (_, i) => part(MOST / 2 + i + 1))
  const results = await Promise.allSettled(
    rest.map((parcel, i) => again.put(i % 2 ? 'agent' : 'node', parcel))
  )
  const refused = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
  assert.deepEqual(
    refused.map(({ reason }) => reason.code),
    Array(7).fill('quota')
  )
  assert.equal((await node.documents.about(id, 'gumshoe/answer/1')).length, MOST)
})
