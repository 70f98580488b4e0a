import { GumshoeError } from '../../errors.ts'
import type { OpenFile } from './directory.ts'
import { CHUNK, CHUNK_BYTES, kernel } from './kernel.ts'

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
 * The chunks of an open file, in one buffer that is used again: take what you need before the next one. A file that grows is
 * read as far as it reached when it was opened. Throws `limit-bytes` where the budget ends, and what the system throws.
 */
export function* chunksOf(file: OpenFile, budget: ReadBudget): Generator<Buffer> {
  const into = shared()
  let left = file.status.size > 0 ? file.status.size : EMPTY
  while (left > 0) {
    if (budget.left <= 0) throw new GumshoeError('limit-bytes', 'The read budget is used up.')
    const length = file.read(into, Math.min(CHUNK_BYTES, left, budget.left))
    if (length === 0) return
    left -= length
    budget.left -= length
    yield into.subarray(0, length)
  }
}
