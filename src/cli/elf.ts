import { GumshoeError } from '../errors.ts'

/** Program headers of 64-bit little-endian ELF files (System V gABI, chapter 5): as much of them as our executables need. */
export interface Segment {
  /** Where its header lies in the file. */
  readonly at: number
  readonly type: number
  readonly offset: number
  readonly address: number
  readonly fileSize: number
  readonly memorySize: number
}

export const SEGMENT = { load: 1, note: 4 } as const

const HEADER = 64
const ENTRY = 56

/** The segments that the head of an executable names; 64 KiB of it are enough. Throws `malformed`. */
export const segmentsOf = (head: Uint8Array): Segment[] => {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const isElf = head.length >= HEADER && view.getUint32(0) === 0x7f454c46 && view.getUint16(4) === 0x0201
  if (!isElf) throw new GumshoeError('malformed', 'This is no 64-bit executable for Linux.')
  const first = Number(view.getBigUint64(32, true))
  const count = view.getUint16(56, true)
  if (view.getUint16(54, true) !== ENTRY || first + count * ENTRY > head.length)
    throw new GumshoeError('malformed', 'The executable has no program headers where they should be.')
  return Array.from({ length: count }, (_, i) => {
    const at = first + i * ENTRY
    const number = (offset: number) => Number(view.getBigUint64(at + offset, true))
    return {
      at,
      type: view.getUint32(at, true),
      offset: number(8),
      address: number(16),
      fileSize: number(32),
      memorySize: number(40)
    }
  })
}

/** Where what is loaded ends in the file; our executables have nothing behind it but what was appended. */
export const imageEnd = (segments: readonly Segment[]): number =>
  Math.max(
    0,
    ...segments.filter(({ type }) => type === SEGMENT.load).map(({ offset, fileSize }) => offset + fileSize)
  )
