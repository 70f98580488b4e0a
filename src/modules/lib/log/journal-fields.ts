import { zstdDecompressSync } from 'node:zlib'
import { GumshoeError } from '../../../errors.ts'
import { lz4Block } from './lz4.ts'

/** What a data object of a journal is worth knowing for: one field of the entries that name it. */
export interface Field {
  readonly of: 'unit' | 'program' | 'command' | 'priority' | 'message'
  /** A name as latin1; of a priority its digit. */
  readonly text: string
  /** Of a message: numbers of the patterns that it matches. */
  readonly matched: readonly number[]
}

const FIELDS: readonly (readonly [string, Field['of']])[] = [
  ['MESSAGE=', 'message'],
  ['_SYSTEMD_UNIT=', 'unit'],
  ['SYSLOG_IDENTIFIER=', 'program'],
  ['_COMM=', 'command'],
  ['PRIORITY=', 'priority']
]
const LONGEST = Math.max(...FIELDS.map(([name]) => name.length))

/** More of a name than this is nothing that a service is called. */
const NAME = 256
/** A message that is larger when it is unpacked is told as not seen. */
const UNPACKED = 4 << 20

const XZ = 1
const LZ4 = 2
const ZSTD = 4

/** Of which field the payload of a data object is, if it is one that we look at. */
export const fieldOf = (payload: Buffer): (typeof FIELDS)[number] | undefined => {
  const head = payload.toString('latin1', 0, LONGEST)
  return FIELDS.find(([name]) => head.startsWith(name))
}

/** A data object's payload as it was before it was packed. Throws `unreadable` where it is damaged, and `unsupported` for xz. */
export const unpacked = (payload: Buffer, flags: number): Buffer => {
  switch (flags & (XZ | LZ4 | ZSTD)) {
    case 0:
      return payload
    case LZ4: {
      const size = payload.length < 8 ? 0 : Number(payload.readBigUInt64LE(0))
      if (size > UNPACKED) throw new GumshoeError('limit-bytes', 'A field of the journal is too large.')
      return lz4Block(payload.subarray(8), size)
    }
    case ZSTD:
      try {
        return zstdDecompressSync(payload, { maxOutputLength: UNPACKED })
      } catch (cause) {
        const large = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
        throw new GumshoeError(large ? 'limit-bytes' : 'unreadable', 'A field of the journal is no zstd.', {
          cause
        })
      }
    default:
      throw new GumshoeError('unsupported', 'A field of the journal is packed with xz.')
  }
}

/** What a payload says; undefined where it is of no use for any entry. */
export const readField = (
  payload: Buffer,
  matches: (message: Buffer) => readonly number[]
): Field | undefined => {
  const field = fieldOf(payload)
  if (field === undefined) return undefined
  const [name, of] = field
  const value = payload.subarray(name.length)
  if (of !== 'message') return { of, text: value.toString('latin1', 0, NAME), matched: NONE }
  const matched = matches(value)
  return matched.length === 0 ? undefined : { of, text: '', matched }
}

const NONE: readonly number[] = []
