import { chunksOf, type ReadBudget } from '../host/read.ts'
import type { WalkedFile } from '../host/walked.ts'

/** The first bytes of a file that a walk has found. Throws what the system throws, and `limit-bytes`. */
export const beginningOf = (file: WalkedFile, budget: ReadBudget, most: number): Buffer => {
  const open = file.open()
  try {
    const chunks: Buffer[] = []
    let length = 0
    for (const chunk of chunksOf(open, budget)) {
      const part = chunk.subarray(0, most - length)
      chunks.push(Buffer.from(part))
      length += part.length
      if (length >= most) break
    }
    return Buffer.concat(chunks)
  } finally {
    open.close()
  }
}

/** The directory that a path lies in, and its own name, in latin1. */
export const placeOf = (file: WalkedFile): { above: string; name: string } => {
  const path = file.path.toString('latin1')
  const slash = path.lastIndexOf('/')
  return { above: path.slice(0, slash), name: path.slice(slash + 1) }
}
