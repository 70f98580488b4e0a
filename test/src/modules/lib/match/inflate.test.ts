import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { codeOf } from '../../../../../src/errors.ts'
import { Inflater, isCompressed } from '../../../../../src/modules/lib/match/inflate.ts'

const TEXT = Buffer.from('needle in the hay\n'.repeat(20_000))

/** What came out, and the code of what went wrong. */
const inflate = async (
  packed: Buffer,
  step: number,
  most?: number
): Promise<{ out: Buffer; code?: string }> => {
  const pieces: Buffer[] = []
  const inflater = new Inflater(packed.subarray(0, step), chunk => pieces.push(Buffer.from(chunk)), most)
  try {
    const buffer = Buffer.alloc(step)
    for (let at = 0; at < packed.length; at += step) {
      // The same buffer again and again, as the reader does it.
      const length = packed.copy(buffer, 0, at, at + step)
      await inflater.push(buffer.subarray(0, length))
    }
    await inflater.finish()
    return { out: Buffer.concat(pieces) }
  } catch (error) {
    return { out: Buffer.concat(pieces), code: codeOf(error) }
  } finally {
    inflater.close()
  }
}

test('gzip, of several members too, and zstd come out as they went in, whatever the pieces', async () => {
  for (const packed of [
    gzipSync(TEXT),
    Buffer.concat([gzipSync(TEXT.subarray(0, 77)), gzipSync(TEXT.subarray(77))]),
    zstdCompressSync(TEXT)
  ]) {
    assert.ok(isCompressed(packed))
    for (const step of [16, 100, packed.length]) {
      const { out, code } = await inflate(packed, step)
      assert.ok(code === undefined && out.equals(TEXT))
    }
  }
  for (const plain of ['', 'x', '\x1f', 'plain text']) assert.ok(!isCompressed(Buffer.from(plain, 'latin1')))
})

test('nothing comes out beyond the cap, and the reader is told', async () => {
  for (const packed of [gzipSync(TEXT), zstdCompressSync(TEXT)]) {
    const { out, code } = await inflate(packed, 64, 100_000)
    assert.equal(code, 'limit-bytes')
    assert.ok(out.length <= 100_000)
    assert.equal((await inflate(packed, 64, TEXT.length)).code, undefined)
  }
})

test('what is cut or damaged ends in an error, never in silence', async () => {
  for (const packed of [gzipSync(TEXT), zstdCompressSync(TEXT)]) {
    assert.equal((await inflate(packed.subarray(0, packed.length >> 1), 50)).code, 'internal')
    const damaged = Buffer.from(packed)
    damaged.fill(0xff, 8, 40)
    assert.equal((await inflate(damaged, 50)).code, 'internal')
  }
})
