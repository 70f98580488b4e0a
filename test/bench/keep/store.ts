import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { indexOf } from '../../../bootstrap-nodes/index-of.ts'
import { audit } from '../../../src/store/audit.ts'
import { Database } from '../../../src/store/database.ts'
import { Documents } from '../../../src/store/documents.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { makeSealKey } from '../../../src/trust/seal.ts'
import { type Sealed, sealedAnswer } from './answers.ts'

export const ANSWER = 'gumshoe/answer/1' as const
/** Puts that wait at the same time: a busy node's. */
const AT_ONCE = 256

export const place = { mesh: 'ab'.repeat(32), action: 'ac'.repeat(32) }

export const makeAnswers = (
  count: number,
  hostCount = 100
): { answers: Sealed[]; privateKey: Uint8Array } => {
  const seal = makeSealKey()
  const hosts = Array.from({ length: hostCount }, () => makeIdentity())
  const to = { ...place, sealTo: seal.publicKey }
  const answers = Array.from({ length: count }, (_, i) =>
    sealedAnswer(to, hosts[i % hosts.length]!, 1 + Math.floor(i / hosts.length))
  )
  return { answers, privateKey: seal.privateKey }
}

export const inDirectory = async <T>(work: (directory: string) => Promise<T>): Promise<T> => {
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-keep-'))
  try {
    // What lies beside a store goes with it.
    return await work(join(directory, 'store'))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Answers a second that Documents keeps, each acknowledged after a sync. */
export const keepDocuments = (answers: readonly Sealed[]): Promise<number> =>
  inDirectory(async directory => {
    const database = await Database.open(directory)
    const documents = await Documents.open(database, makeIdentity().peer)
    // A node has read the document before it keeps it: what it is found by costs the store nothing.
    const indexed = answers.map(({ id, parcel }) => {
      const kept = { kind: ANSWER, id, parcel }
      return { kept, index: indexOf(kept) }
    })
    const rate = await perSecond(indexed, async ({ kept, index }) => void (await documents.put(kept, index)))
    await database.close()
    return rate
  })

/** The floor: the same bytes under the same ids, in synced batches of as many. */
export const keepRaw = (answers: readonly Sealed[]): Promise<number> =>
  inDirectory(async directory => {
    const level = new ClassicLevel<string, Uint8Array>(directory, { valueEncoding: 'view' })
    await level.open()
    const started = performance.now()
    for (let from = 0; from < answers.length; from += AT_ONCE) {
      const batch = answers.slice(from, from + AT_ONCE).map(({ id, parcel }) => {
        const value = new Uint8Array(parcel.envelope.length + parcel.body!.length)
        value.set(parcel.envelope)
        value.set(parcel.body!, parcel.envelope.length)
        return { type: 'put' as const, key: id, value }
      })
      await level.batch(batch, { sync: true })
    }
    const rate = (answers.length / (performance.now() - started)) * 1_000
    await level.close()
    return rate
  })

/** MB a second at which a store is read and checked to its end. */
export const auditRate = (answers: readonly Sealed[]): Promise<number> =>
  inDirectory(async directory => {
    const database = await Database.open(directory)
    const documents = await Documents.open(database, makeIdentity().peer)
    await perSecond(answers, async ({ id, parcel }) => {
      const kept = { kind: ANSWER, id, parcel }
      await documents.put(kept, indexOf(kept))
    })
    const started = performance.now()
    const { sound } = await audit(database, { indexOf })
    const seconds = (performance.now() - started) / 1_000
    if (sound !== answers.length) throw new Error(`${sound} of ${answers.length} are sound.`)
    await database.close()
    const bytes = answers.reduce((sum, { parcel }) => sum + parcel.envelope.length + parcel.body!.length, 0)
    return bytes / 1e6 / seconds
  })

/** Works on a list, so many at a time; items a second. */
export const perSecond = async <T>(list: readonly T[], work: (item: T) => Promise<void>): Promise<number> => {
  const left = list.values()
  const next = async (): Promise<void> => {
    for (const item of left) await work(item)
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: AT_ONCE }, next))
  return (list.length / (performance.now() - started)) * 1_000
}
