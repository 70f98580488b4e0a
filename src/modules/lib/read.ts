import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { GumshoeError } from '../../errors.ts'

const BUFFER = 256 * 1024
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | (constants.O_NOCTTY ?? 0)

/** What is left to read in a run; a file is read as far as it reaches. */
export interface ReadBudget {
  left: number
}

/**
 * The chunks of a regular file, in one buffer that is used again: take what you need before the next one. Never hangs on a
 * FIFO, a device or a socket (threats.md, F8). Throws `limit-bytes` where the budget ends, and what the system throws.
 */
export function* chunksOf(path: Buffer, budget: ReadBudget): Generator<Buffer> {
  const fd = openSync(path, FLAGS)
  try {
    const status = fstatSync(fd)
    if (!status.isFile()) throw new GumshoeError('unreadable', 'It is no regular file any more.')
    const buffer = Buffer.allocUnsafe(Math.max(4_096, Math.min(BUFFER, status.size + 1)))
    for (;;) {
      if (budget.left <= 0) throw new GumshoeError('limit-bytes', 'The read budget is used up.')
      const length = readSync(fd, buffer, 0, Math.min(buffer.length, budget.left), null)
      if (length === 0) return
      budget.left -= length
      yield buffer.subarray(0, length)
    }
  } finally {
    closeSync(fd)
  }
}

const GZIP = Buffer.from([0x1f, 0x8b])
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

/** The decompressed chunks of a gzip or zstd file, others as they are. Throws `limit-bytes` at the output cap: a bomb is no content. */
export async function* plainChunksOf(
  path: Buffer,
  budget: ReadBudget,
  maxOutput: number
): AsyncGenerator<Buffer> {
  const chunks = chunksOf(path, budget)
  const first = chunks.next()
  if (first.done) return
  const head = Buffer.from(first.value)
  const copies = function* () {
    yield head
    for (const chunk of chunks) yield Buffer.from(chunk)
  }
  const codec = head.subarray(0, 2).equals(GZIP)
    ? createGunzip()
    : head.subarray(0, 4).equals(ZSTD)
      ? createZstdDecompress()
      : undefined
  if (codec === undefined) {
    yield* copies()
    return
  }
  const source = Readable.from(copies())
  source.on('error', error => codec.destroy(error))
  let written = 0
  try {
    for await (const chunk of source.pipe(codec)) {
      written += chunk.length
      if (written > maxOutput)
        throw new GumshoeError('limit-bytes', 'The decompressed file is larger than the limit.')
      yield chunk
    }
  } finally {
    source.destroy()
    codec.destroy()
  }
}
