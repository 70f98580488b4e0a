import { GumshoeError } from '../../../errors.ts'
import type { OpenFile } from '../host/directory.ts'
import { chunksOf, type ReadBudget } from '../host/read.ts'
import { Inflater, isCompressed } from '../match/inflate.ts'

/** What we can't unpack, by how it begins. */
const OTHERS: readonly (readonly [string, Buffer])[] = [
  ['packed-xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
  ['packed-bzip2', Buffer.from('BZh')],
  ['packed-lz4', Buffer.from([0x04, 0x22, 0x4d, 0x18])]
]

export interface ContentOptions {
  readonly budget: ReadBudget
  /** Between two chunks: false where the rest is of no use. */
  readonly goOn: () => Promise<boolean>
  /** True where the run is over: what comes out of an archive from then on is dropped. */
  readonly isOver: () => boolean
  /** Told of what keeps us from seeing all of it. */
  readonly skip: (why: string) => void
}

/**
 * Hands out what a log holds, chunk by chunk, unpacked where it is gzip or zstd; as far as it reached when it was opened.
 * Throws what the system, the budget and the unpacking throw. Returns false where it was left before its end.
 */
export const readContent = async (
  file: OpenFile,
  take: (chunk: Buffer) => void,
  { budget, goOn, isOver, skip }: ContentOptions
): Promise<boolean> => {
  let inflater: Inflater | undefined
  let length = 0
  let failure: unknown
  /** zlib calls it from outside of us: what it threw there would end the process. */
  const fromInside = (chunk: Buffer): void => {
    if (failure !== undefined || isOver()) return
    try {
      take(chunk)
    } catch (error) {
      failure = error
    }
  }
  try {
    for (const chunk of chunksOf(file, budget)) {
      if (length === 0) {
        const other = OTHERS.find(([, magic]) => chunk.subarray(0, magic.length).equals(magic))
        if (other !== undefined) {
          skip(other[0])
          return true
        }
        if (isCompressed(chunk)) inflater = new Inflater(chunk, fromInside)
      }
      length += chunk.length
      if (inflater === undefined) take(chunk)
      else await inflater.push(chunk)
      if (failure !== undefined) throw failure
      if (!(await goOn())) return false
    }
    await inflater?.finish()
    if (failure !== undefined) throw failure
  } catch (error) {
    throw inflaterError(error)
  } finally {
    inflater?.close()
  }
  // A log that was cut while we read it has lost what nobody can tell any more.
  if (length < file.status.size) skip('truncated')
  return true
}

/** zlib's own codes are none of ours. */
const inflaterError = (error: unknown): unknown => {
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' && /^(Z_|ZSTD_|ERR_)/.test(code)
    ? new GumshoeError('unreadable', 'It is damaged inside.', { cause: error })
    : error
}
