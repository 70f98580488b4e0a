import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { decodeCbor, encodeCbor, sameBytes } from '../../src/codec.ts'
import { audit, isHurt } from '../../src/store/audit.ts'
import { Database } from '../../src/store/database.ts'
import { Documents } from '../../src/store/documents.ts'
import type { Kept } from '../../src/store/kept.ts'
import { testDirectory } from '../support/directory.ts'
import { textDocument, textIndex } from '../support/store.ts'

/**
 * A disk that forgets: any file of a store has 1 to 64 bytes flipped, loses its end, or is gone. LevelDB mostly opens all
 * the same and returns fewer records or wrong ones without an error (threats.md, F5). Expected: no wrong document is ever
 * given out, every loss is told of, and what is told is enough to fill the store again from another node.
 */
const ROUNDS = 80
const DOCUMENTS = 160
const BATCH = 40

const directory = testDirectory()
const whole = join(directory, 'whole')
let documents: Kept[]
let seed = 20_261_124

/** Park and Miller: the same rounds on every machine. */
const chance = (below: number): number => {
  seed = (seed * 48_271) % 2_147_483_647
  return seed % below
}

before(async () => {
  documents = Array.from({ length: DOCUMENTS }, (_, i) =>
    // Bodies that no compression shrinks, so that damage hits values.
    textDocument(
      `answer-${i}`,
      undefined,
      Uint8Array.from({ length: 3_000 }, () => chance(256))
    )
  )
  // Each life leaves a sorted file; the last one leaves a log too.
  for (let at = 0; at < DOCUMENTS; at += BATCH) {
    const database = await Database.open(whole)
    const store = await Documents.open(database, 'here')
    await Promise.all(documents.slice(at, at + BATCH).map(kept => store.put(kept, textIndex(kept))))
    // How far another node was followed: written after what it told.
    await store.note({ shelf: 'cursor', key: 'other', value: encodeCbor(at + BATCH) })
    await database.close()
  }
  const kinds = new Set(readdirSync(whole).map(name => name.replace(/\d+/, 'n')))
  for (const kind of ['n.ldb', 'n.log', 'MANIFEST-n', 'CURRENT']) assert.ok(kinds.has(kind), `no ${kind}`)
})

/** Does one thing to one file of the store; says what. */
const hurt = (place: string): string => {
  const files = [...readdirSync(place).filter(name => !/^LO(CK|G)/.test(name)), '../mark']
  const name = files[chance(files.length)]!
  const path = name === '../mark' ? `${place}.mark` : join(place, name)
  const size = statSync(path).size
  const how = chance(10)
  if (how === 0) {
    rmSync(path)
    return `${name} deleted`
  }
  const bytes = readFileSync(path)
  if (how === 1 || size === 0) {
    const end = chance(size + 1)
    writeFileSync(path, bytes.subarray(0, end))
    return `${name} cut at ${end} of ${size}`
  }
  const [at, count] = [chance(size), 1 + chance(64)]
  for (let i = at; i < Math.min(size, at + count); i++) bytes[i]! ^= 1 + chance(255)
  writeFileSync(path, bytes)
  return `${name} flipped at ${at}, ${count} bytes`
}

/** As a node starts: what can't be read to its end is salvaged. */
const openAndAudit = async (place: string) => {
  const options = { indexOf: textIndex }
  const opened = await Database.openOrSetAside(place)
  try {
    return { ...opened, result: await audit(opened.database, options) }
  } catch (error) {
    assert.equal((error as { code: string }).code, 'store-damaged')
    await opened.database.closeAsFound()
    const salvaged = await Database.salvage(place)
    return { ...salvaged, result: await audit(salvaged.database, options) }
  }
}

for (const stop of ['clean', 'unclean'] as const)
  test(`after ${stop === 'clean' ? 'a clean' : 'an unclean'} stop no damage goes unnoticed in ${ROUNDS / 2} rounds`, async () => {
    let kept = 0
    const seen = { aside: 0, told: 0, unharmed: 0 }
    for (let round = 0; round < ROUNDS / 2; round++) {
      const place = join(directory, `${stop}-${round}`)
      cpSync(whole, place, { recursive: true })
      const mark = JSON.parse(readFileSync(`${whole}.mark`, 'utf8'))
      if (stop === 'unclean') delete mark.records
      writeFileSync(`${place}.mark`, JSON.stringify(mark))
      const what = `round ${round}: ${hurt(place)}`
      const { database, aside, result } = await openAndAudit(place)
      const store = await Documents.open(database, 'here')
      const lost: number[] = []
      for (const [i, kept] of documents.entries()) {
        const found = await store.get(kept.id)
        if (found === undefined) lost.push(i)
        else
          assert.ok(
            sameBytes(found.parcel.envelope, kept.parcel.envelope) &&
              sameBytes(found.parcel.body!, kept.parcel.body!),
            `${what}: a wrong document was given out`
          )
      }
      const isTold = aside !== undefined || isHurt(result)
      if (lost.length > 0 && !isTold) {
        // The end of the log is gone as if it had not been written: then the cursor is as old, and the rest comes again.
        const cursor = await database.get('cursor', 'other')
        const followed = cursor === undefined ? 0 : (decodeCbor(cursor) as number)
        assert.equal(stop, 'unclean', `${what}: ${lost.length} documents lost in silence`)
        assert.ok(lost[0]! >= followed, `${what}: ${lost} lost in silence, and never fetched again`)
      }
      kept += DOCUMENTS - lost.length
      seen[aside ? 'aside' : isTold ? 'told' : 'unharmed']++
      for (const i of lost) assert.equal(await store.put(documents[i]!, textIndex(documents[i]!)), true, what)
      assert.equal(store.count, DOCUMENTS, `${what}: filled again`)
      await database.close()
      rmSync(place, { recursive: true })
    }
    // The rounds must hurt, or they prove nothing.
    assert.ok(seen.told >= ROUNDS / 8, JSON.stringify(seen))
    // One hurt place costs a part of a store, not all of it.
    assert.ok(kept > (ROUNDS / 2) * DOCUMENTS * 0.6, `${kept} documents of all rounds held`)
  })
