import { GumshoeError } from '../../../errors.ts'
import { CHUNK, CHUNK_BYTES, kernel } from '../match/kernel.ts'
import type { OpenFile } from './directory.ts'

/** What is read of a file that says it is empty: those of /proc hold text all the same. */
const EMPTY = 16 << 20

/** What is left to read in a run. */
export interface ReadBudget {
  left: number
}

let buffer: Buffer | undefined

/** Where every file is read to: in the memory of the kernel, so that nothing has to be copied for it. */
const shared = (): Buffer => {
  buffer ??= kernel()?.memory.subarray(CHUNK, CHUNK + CHUNK_BYTES) ?? Buffer.allocUnsafeSlow(CHUNK_BYTES)
  return buffer
}

/**
 * The next bytes of an open file, in one buffer that is used again: take what you need before you ask for more. A file that
 * grows is read as far as it reached when it was opened; none are left there. Throws `limit-bytes` where the budget ends, and
 * what the system throws.
 */
export const readNext = (file: OpenFile, before: number, budget: ReadBudget): Buffer => {
  const into = shared()
  const left = (file.status.size > 0 ? file.status.size : EMPTY) - before
  if (left <= 0) return NOTHING
  if (budget.left <= 0) throw new GumshoeError('limit-bytes', 'The read budget is used up.')
  const length = file.read(into, Math.min(CHUNK_BYTES, left, budget.left))
  budget.left -= length
  return into.subarray(0, length)
}

const NOTHING = Buffer.alloc(0)

/** A file that tells its size, as far as `most`: read to where it stays, without the memory of the kernel. Throws as above. */
export const readWhole = (file: OpenFile, most: number, budget: ReadBudget): Buffer =>
  fill(Buffer.allocUnsafeSlow(Math.min(file.status.size, most)), file, budget)

let scratch: Buffer | undefined

/** The same where it is gone with the next one: of hundreds of small files none leaves anything behind. */
export const readBriefly = (file: OpenFile, most: number, budget: ReadBudget): Buffer => {
  const length = Math.min(file.status.size, most)
  if (length > CHUNK_BYTES) return readWhole(file, most, budget)
  scratch ??= Buffer.allocUnsafeSlow(CHUNK_BYTES)
  return fill(scratch.subarray(0, length), file, budget)
}

const fill = (room: Buffer, file: OpenFile, budget: ReadBudget): Buffer => {
  let length = 0
  while (length < room.length) {
    if (budget.left <= 0) throw new GumshoeError('limit-bytes', 'The read budget is used up.')
    const wanted = Math.min(CHUNK_BYTES, room.length - length, budget.left)
    const read = file.read(length === 0 ? room : room.subarray(length), wanted)
    if (read === 0) break
    budget.left -= read
    length += read
  }
  return room.subarray(0, length)
}

/** At most `most` bytes of a file from a place on, whatever was read of it before; fewer where it ends. Throws as above. */
export const readPart = (file: OpenFile, place: number, most: number, budget: ReadBudget): Buffer => {
  const length = Math.min(most, file.status.size - place)
  if (!(length > 0) || !Number.isSafeInteger(place)) return NOTHING
  const room = Buffer.allocUnsafeSlow(length)
  let read = 0
  while (read < length) {
    if (budget.left <= 0) throw new GumshoeError('limit-bytes', 'The read budget is used up.')
    const wanted = Math.min(CHUNK_BYTES, length - read, budget.left)
    const more = file.readAt(room.subarray(read), wanted, place + read)
    if (more === 0) break
    budget.left -= more
    read += more
  }
  return room.subarray(0, read)
}

/** All chunks of an open file, one after the other. */
export function* chunksOf(file: OpenFile, budget: ReadBudget, before = 0): Generator<Buffer> {
  for (let at = before; ; ) {
    const chunk = readNext(file, at, budget)
    if (chunk.length === 0) return
    at += chunk.length
    yield chunk
  }
}
