import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codeOf } from '../../../../../src/errors.ts'
import { Bolt } from '../../../../../src/modules/lib/container/bolt.ts'
import { type BoltTree, boltFile } from '../../../../support/bolt-file.ts'

const TREE: BoltTree = {
  a: 'one',
  small: { x: '1', y: '', deep: { z: 'zz' } },
  many: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, { v: String(i) }])),
  long: { text: 'l'.repeat(20_000) },
  empty: {}
}

/** Everything in a database, as it was put in. */
const treeOf = (database: Bolt, bucket?: Buffer): BoltTree =>
  Object.fromEntries(
    [...database.entries(bucket)].map(({ key, value, isBucket }) => [
      key.toString(),
      isBucket ? treeOf(database, value) : value.toString()
    ])
  )

test('buckets in a value, on pages, below branches and over several pages are read alike', () => {
  const database = new Bolt(boltFile(TREE))
  assert.deepEqual(treeOf(database), TREE)
  const many = database.find(undefined, 'many')!
  const names = [...database.entries(many.value)].map(({ key }) => key.toString())
  assert.deepEqual(names, Object.keys(TREE['many']!).sort(), 'in the order of the keys')
  assert.equal(database.find(undefined, 'none'), undefined)
})

test('the newer of two records counts, and one that was not written whole counts for nothing', () => {
  const file = boltFile({ a: 'one' })
  const torn = Buffer.from(file)
  torn.fill(0xff, 4_096 + 30, 4_096 + 60)
  assert.deepEqual(treeOf(new Bolt(torn)), { a: 'one' })
  torn.fill(0, 16, 80)
  for (const bytes of [torn, Buffer.alloc(0), Buffer.alloc(10_000), file.subarray(0, 50)])
    assert.throws(
      () => new Bolt(bytes),
      error => codeOf(error) === 'unreadable'
    )
})

test('pages in a circle, and any damage, end as unreadable', () => {
  const file = boltFile(TREE)
  const walk = (bytes: Buffer): void => {
    try {
      treeOf(new Bolt(bytes))
    } catch (error) {
      // Buckets within each other without end are what only this test walks into.
      assert.ok(codeOf(error) === 'unreadable' || error instanceof RangeError, String(error))
    }
  }
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(file.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 40 }),
      fc.nat(file.length),
      (changes, length) => {
        const bytes = Buffer.from(file)
        for (const [at, byte] of changes) bytes[at] = byte
        walk(bytes.subarray(0, length % 3 === 0 ? length : bytes.length))
      }
    ),
    { numRuns: 60 }
  )
  const circle = Buffer.from(file)
  for (let at = 3 * 4_096; at < circle.length; at += 4_096)
    if (circle.readUInt16LE(at + 8) === 1)
      for (let i = 0; i < circle.readUInt16LE(at + 10); i++)
        circle.writeBigUInt64LE(BigInt(at / 4_096), at + 24 + 16 * i)
  const database = new Bolt(circle)
  const many = database.find(undefined, 'many')!
  assert.throws(
    () => [...database.entries(many.value)],
    error => codeOf(error) === 'unreadable'
  )
})
