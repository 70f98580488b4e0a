import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { Random } from '../chaos/random.ts'
import {
  cutFile,
  DOCUMENTS,
  deleteFile,
  filesOf,
  flipBytes,
  type Hurt,
  hurtOnce,
  makeWhole,
  swapCurrent,
  type WholeStore
} from '../support/damage.ts'
import { testDirectory } from '../support/directory.ts'

/**
 * A disk that forgets: any file of a store has 1 to 64 bytes flipped, loses its end, or is gone. LevelDB mostly opens all
 * the same and returns fewer records or wrong ones without an error (threats.md, F5). Expected: no wrong document is ever
 * given out, every loss is told of, and what is told is enough to fill the store again from another node. A thousand
 * rounds more: npm run chaos -- store.
 */
const FLIPS = 12
const CUTS = 4

const directory = testDirectory()
const random = new Random(20_261_124)
let whole: WholeStore
before(async () => {
  whole = await makeWhole(directory, random)
})

for (const stop of ['clean', 'unclean'] as const)
  test(`after ${stop === 'clean' ? 'a clean' : 'an unclean'} stop no damage goes unnoticed`, async () => {
    const rounds: Hurt[] = [
      ...Array.from({ length: FLIPS }, () => flipBytes(random)),
      ...Array.from({ length: CUTS }, () => cutFile(random)),
      ...filesOf(whole.place).map(deleteFile),
      swapCurrent(whole.older)
    ]
    let kept = 0
    const seen = { aside: 0, told: 0, unharmed: 0 }
    for (const [i, hurt] of rounds.entries()) {
      const outcome = await hurtOnce(whole, join(directory, `${stop}-${i}`), stop, hurt)
      assert.deepEqual(outcome.breaches, [])
      kept += outcome.kept
      seen[outcome.seen]++
    }
    // The rounds must hurt, or they prove nothing.
    assert.ok(seen.told >= rounds.length / 5, JSON.stringify(seen))
    // One hurt place costs a part of a store, not all of it.
    assert.ok(kept > rounds.length * DOCUMENTS * 0.5, `${kept} documents of ${rounds.length} rounds held`)
  })
