import {
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { decodeCbor, encodeCbor, sameBytes } from '../../src/codec.ts'
import { audit, isHurt } from '../../src/store/audit.ts'
import { Database } from '../../src/store/database.ts'
import { Documents } from '../../src/store/documents.ts'
import type { Kept } from '../../src/store/kept.ts'
import type { Random } from '../chaos/random.ts'
import { textDocument, textIndex } from './store.ts'

export const DOCUMENTS = 160
const BATCH = 40
export type Stop = 'clean' | 'unclean'
/** Does one thing to the files of a store; says what. */
export type Hurt = (place: string) => string

/** A store of four lives with all of LevelDB's kinds of files, and how far another node was followed in it. */
export interface WholeStore {
  readonly place: string
  readonly documents: readonly Kept[]
  /** The list of files as it was after the second life. */
  readonly older: string
}

export const makeWhole = async (directory: string, random: Random): Promise<WholeStore> => {
  const place = join(directory, 'whole')
  const older = join(directory, 'older')
  const documents = Array.from({ length: DOCUMENTS }, (_, i) =>
    // Bodies that no compression shrinks, so that damage hits values.
    textDocument(
      `answer-${i}`,
      undefined,
      Uint8Array.from({ length: 3_000 }, () => random.below(256))
    )
  )
  // Each life leaves a sorted file; the last one leaves a log too.
  for (let at = 0; at < DOCUMENTS; at += BATCH) {
    const database = await Database.open(place)
    const store = await Documents.open(database, 'here')
    await Promise.all(documents.slice(at, at + BATCH).map(kept => store.put(kept, textIndex(kept))))
    // How far another node was followed: written after what it told.
    await store.note({ shelf: 'cursor', key: 'other', value: encodeCbor(at + BATCH) })
    await database.close()
    if (at === BATCH) cpSync(place, older, { recursive: true })
  }
  const kinds = new Set(filesOf(place).map(kindOf))
  for (const kind of ['n.ldb', 'n.log', 'MANIFEST-n', 'CURRENT'])
    if (!kinds.has(kind)) throw new Error(`The store has no ${kind}.`)
  return { place, documents, older }
}

const MARK = '../mark'
const kindOf = (name: string): string => name.replace(/\d+/, 'n')
const pathOf = (place: string, name: string): string => (name === MARK ? `${place}.mark` : join(place, name))

/** Every file that says anything of the records: LevelDB's own, and the mark beside them. */
export const filesOf = (place: string): string[] => [
  ...readdirSync(place).filter(name => !/^LO(CK|G)/.test(name)),
  MARK
]

export const deleteFile =
  (name: string): Hurt =>
  place => {
    rmSync(pathOf(place, name))
    return `${name} deleted`
  }

/** Flips 1 to 64 bytes at a random place of a file of a random kind, so that small kinds are hit as often as large ones. */
export const flipBytes =
  (random: Random): Hurt =>
  place => {
    const files = filesOf(place).filter(name => statSync(pathOf(place, name)).size > 0)
    const kind = random.pick([...new Set(files.map(kindOf))])
    const name = random.pick(files.filter(file => kindOf(file) === kind))
    const path = pathOf(place, name)
    const bytes = readFileSync(path)
    const [at, count] = [random.below(bytes.length), 1 + random.below(64)]
    for (let i = at; i < Math.min(bytes.length, at + count); i++) bytes[i]! ^= 1 + random.below(255)
    writeFileSync(path, bytes)
    return `${name} flipped at ${at}, ${count} bytes`
  }

export const cutFile =
  (random: Random): Hurt =>
  place => {
    const name = random.pick(filesOf(place))
    const path = pathOf(place, name)
    const bytes = readFileSync(path)
    const end = random.below(bytes.length + 1)
    writeFileSync(path, bytes.subarray(0, end))
    return `${name} cut at ${end} of ${bytes.length}`
  }

/** CURRENT names an older list of files, which is put beside the new one: some of what it lists is gone by now. */
export const swapCurrent =
  (older: string): Hurt =>
  place => {
    for (const name of readdirSync(older).filter(file => file.startsWith('MANIFEST')))
      if (!existsSync(join(place, name))) copyFileSync(join(older, name), join(place, name))
    copyFileSync(join(older, 'CURRENT'), join(place, 'CURRENT'))
    return `CURRENT swapped for ${readFileSync(join(older, 'CURRENT'), 'utf8').trim()}`
  }

/** As a node starts: what can't be read to its end is salvaged. */
const openAndAudit = async (place: string) => {
  const options = { indexOf: textIndex }
  const opened = await Database.openOrSetAside(place)
  try {
    return { ...opened, result: await audit(opened.database, options) }
  } catch (error) {
    if ((error as { code?: string }).code !== 'store-damaged') throw error
    await opened.database.closeAsFound()
    const salvaged = await Database.salvage(place)
    return { ...salvaged, result: await audit(salvaged.database, options) }
  }
}

export interface Outcome {
  readonly what: string
  /** `aside`: moved away as a whole; `told`: the audit said so; `unharmed`: nothing was said. */
  readonly seen: 'aside' | 'told' | 'unharmed'
  /** Documents that were still there. */
  readonly kept: number
  readonly breaches: readonly string[]
}

/** Hurts a copy of a store, opens it as a node does, and looks whether anything is wrong or gone without a word. */
export const hurtOnce = async (
  whole: WholeStore,
  place: string,
  stop: Stop,
  hurt: Hurt
): Promise<Outcome> => {
  const { documents } = whole
  cpSync(whole.place, place, { recursive: true })
  const mark = JSON.parse(readFileSync(`${whole.place}.mark`, 'utf8'))
  if (stop === 'unclean') delete mark.records
  writeFileSync(`${place}.mark`, JSON.stringify(mark))
  const what = `${stop}: ${hurt(place)}`
  const breaches: string[] = []
  const { database, aside, result } = await openAndAudit(place)
  const store = await Documents.open(database, 'here')
  const lost: number[] = []
  for (const [i, kept] of documents.entries()) {
    const found = await store.get(kept.id)
    if (found === undefined) lost.push(i)
    else if (
      !sameBytes(found.parcel.envelope, kept.parcel.envelope) ||
      !sameBytes(found.parcel.body!, kept.parcel.body!)
    )
      breaches.push(`${what}: a wrong document was given out`)
  }
  const isTold = aside !== undefined || isHurt(result)
  if (lost.length > 0 && !isTold) {
    // The end of the log is gone as if it had not been written: then the cursor is as old, and the rest comes again.
    const cursor = await database.get('cursor', 'other')
    const followed = cursor === undefined ? 0 : (decodeCbor(cursor) as number)
    if (stop === 'clean') breaches.push(`${what}: ${lost.length} documents lost in silence`)
    if (lost[0]! < followed) breaches.push(`${what}: ${lost.length} lost in silence, and never fetched again`)
  }
  for (const i of lost)
    if (!(await store.put(documents[i]!, textIndex(documents[i]!))))
      breaches.push(`${what}: document ${i} was not taken again`)
  if (store.count !== documents.length) breaches.push(`${what}: ${store.count} documents after the refill`)
  await database.close()
  rmSync(place, { recursive: true })
  rmSync(`${place}.mark`)
  return {
    what,
    seen: aside ? 'aside' : isTold ? 'told' : 'unharmed',
    kept: documents.length - lost.length,
    breaches
  }
}
