import assert from 'node:assert/strict'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { LIMITS } from '../../../src/limits.ts'
import { freeBytes, Watermark } from '../../../src/store/watermark.ts'
import { testDirectory } from '../../support/directory.ts'

/** A disk with so many bytes free, and a clock that stands still until it is moved. */
const small = (directory: string) => {
  const disk = { free: 1 << 30, now: 0, looks: 0 }
  const watermark = new Watermark(directory, { monotonic: () => disk.now }, () => {
    disk.looks++
    return disk.free
  })
  return { disk, watermark }
}

test('new data is refused below the floor and taken again above it', () => {
  const { disk, watermark } = small(testDirectory())
  watermark.check()
  disk.free = LIMITS.diskFloorBytes - 1
  disk.now += 1_000
  assert.throws(() => watermark.check(), { code: 'disk-full' })
  disk.free = LIMITS.diskFloorBytes
  disk.now += 1_000
  watermark.check()
})

test('the disk is looked at once a second, however much is put', () => {
  const { disk, watermark } = small(testDirectory())
  for (let i = 0; i < 1_000; i++) watermark.check()
  assert.equal(disk.looks, 1)
})

test('ballast is laid where there is room, once, and let go of once', () => {
  const directory = testDirectory()
  const { disk, watermark } = small(directory)
  disk.free = LIMITS.diskFloorBytes + LIMITS.ballastBytes - 1
  watermark.layBallast()
  assert.equal(watermark.dropBallast(), false)
  disk.free++
  watermark.layBallast()
  watermark.layBallast()
  assert.equal(statSync(join(directory, 'ballast')).size, LIMITS.ballastBytes)
  assert.equal(watermark.dropBallast(), true)
  assert.equal(watermark.dropBallast(), false)
})

test('a directory where the ballast should lie stops nothing', () => {
  const directory = testDirectory()
  mkdirSync(join(directory, 'ballast'))
  const { watermark } = small(directory)
  watermark.layBallast()
  assert.ok(existsSync(join(directory, 'ballast')))
})

test('the free bytes are those of the file system', () => {
  assert.ok(freeBytes(testDirectory()) > 0)
  assert.throws(() => freeBytes('/nowhere/at/all'), { code: 'ENOENT' })
})
