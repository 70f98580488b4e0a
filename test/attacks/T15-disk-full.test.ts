import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import { audit, isHurt } from '../../src/store/audit.ts'
import { Database } from '../../src/store/database.ts'
import { Documents } from '../../src/store/documents.ts'
import { Watermark } from '../../src/store/watermark.ts'
import { testDirectory } from '../support/directory.ts'
import { textDocument, textIndex, told } from '../support/store.ts'

/**
 * Somebody fills the disk under a store. Expected: puts fail with `disk-full` and nothing else does; reading goes on; once
 * there is room writing resumes in the same process; nothing acknowledged is lost, not even what was acknowledged after the
 * disk was full (LevelDB's log ends in half a record then, and what follows it is lost at the next start); and the ballast
 * is enough to start on a full disk.
 */
const SIZE_MIB = 48

/** A small file system of its own; undefined where this machine does not let us mount one. */
const smallDisk = (t: TestContext): string | undefined => {
  const place = join(testDirectory(), 'disk')
  mkdirSync(place)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MIB}m`, 'tmpfs', place], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  t.after(() => execFileSync('umount', ['-l', place]))
  return place
}

/** Writes until the disk takes no more. */
const fillUp = (path: string): void => {
  const chunks: Buffer[] = []
  for (let size = 0; ; size += 1 << 16) {
    chunks.push(Buffer.alloc(1 << 16, 1))
    if (size > SIZE_MIB << 20) break
  }
  try {
    writeFileSync(path, Buffer.concat(chunks))
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
  }
}

const codeOf = (error: unknown) => (error instanceof GumshoeError ? error.code : String(error))

test('a full disk stops writing, nothing else, and loses nothing', async t => {
  const disk = smallDisk(t)
  if (disk === undefined) {
    // No right to mount: what is left to prove is that the watermark stops new data before the disk is full.
    const watermark = new Watermark(testDirectory(), { monotonic: () => 0 }, () => LIMITS.diskFloorBytes - 1)
    assert.throws(() => watermark.check(), { code: 'disk-full' })
    return
  }
  const place = join(disk, 'db')
  const ballast = join(disk, 'ballast')
  writeFileSync(ballast, Buffer.alloc(LIMITS.ballastBytes, 1))
  const database = await Database.open(place)
  const documents = await Documents.open(database, 'here')
  const acknowledged: string[] = []
  const put = async (name: string, bytes: number): Promise<string | undefined> => {
    const kept = textDocument(
      name,
      undefined,
      Buffer.alloc(bytes, name).map((byte, i) => byte ^ (i * 31))
    )
    try {
      await documents.put(kept, textIndex(kept))
      acknowledged.push(kept.id)
      return undefined
    } catch (error) {
      return codeOf(error)
    }
  }
  for (let i = 0; i < 40; i++) assert.equal(await put(`before-${i}`, 20_000), undefined)
  fillUp(join(disk, 'somebody'))
  const refusals = new Set<string>()
  for (let i = 0; i < 30 || refusals.size === 0; i++) {
    const code = await put(`full-${i}`, 20_000)
    if (code) refusals.add(code)
  }
  assert.deepEqual([...refusals], ['disk-full'])
  for (const id of acknowledged) assert.ok(await documents.has(id), 'reading goes on')

  // Room again, and the same process goes on.
  rmSync(join(disk, 'somebody'))
  for (let i = 0; i < 40; i++) assert.equal(await put(`after-${i}`, 20_000), undefined)
  // What a kill would leave at this moment.
  const crash = join(testDirectory(), 'db')
  cpSync(place, crash, { recursive: true })
  cpSync(`${place}.mark`, `${crash}.mark`)
  const survivor = await Database.open(crash)
  assert.equal(survivor.unclean, true)
  assert.equal(isHurt(await audit(survivor, { indexOf: textIndex })), false)
  const found = await Documents.open(survivor, 'here')
  for (const id of acknowledged) assert.ok(await found.has(id), 'what was acknowledged is there after a kill')
  assert.equal((await told(found)).length, acknowledged.length)
  await survivor.close()

  // A start on a full disk: refused, then possible with the ballast's room.
  await database.close()
  fillUp(join(disk, 'somebody'))
  await assert.rejects(Database.open(place), { code: 'disk-full' })
  rmSync(ballast)
  const again = await Database.open(place)
  assert.equal((await told(await Documents.open(again, 'here'))).length, acknowledged.length)
  await again.close()
})
