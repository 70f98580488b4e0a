import { LIMITS } from '../limits.ts'
import { sizeOf } from '../modules/lib/run-limits.ts'
import type { ModuleSpec, Part, Remembered, Room, Row } from '../modules/spec.ts'
import { readOutcome } from './outcome.ts'
import { type ChannelRow, fromChannel, toChannel } from './rows.ts'

/** Parts on the channel: bytes as base64, as rows have them. */
export type ChannelRemembered = readonly [key: string, value?: string]

export interface ChannelPart {
  readonly rows: readonly ChannelRow[]
  readonly left: number
  readonly coverage: Part['coverage']
  readonly errors: Part['errors']
  readonly remember: readonly ChannelRemembered[]
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

export const toChannelPart = ({ rows, remember, ...part }: Part): ChannelPart => ({
  ...part,
  rows: rows.map(toChannel),
  remember: remember.map(([key, value]) => (value === undefined ? [text(key)] : [text(key), text(value)]))
})

export const toChannelRemembered = (all: readonly Remembered[]): ChannelRemembered[] =>
  all.map(([key, value]) => [text(key), text(value)])

/** What our own agent hands to a child. */
export const fromChannelRemembered = (all: readonly ChannelRemembered[]): Remembered[] =>
  all.map(([key, value = '']) => [bytesOf(key), bytesOf(value)])

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))

/** A key or a value that a child wants remembered: a path of the system's length, or what is known of it. */
const REMEMBERED_BYTES = LIMITS.pathBytes + 256

/** A part as hostile input; undefined where it is none that the module may tell in this room. */
export const readPart = (value: unknown, spec: Pick<ModuleSpec, 'columns'>, room: Room): Part | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  const { rows, left, remember, coverage, errors } = value as Partial<ChannelPart>
  if (!Array.isArray(rows) || rows.length > room.rows || !Array.isArray(remember)) return undefined
  // Each is told once at the start, and at most twice in one part afterwards.
  if (remember.length > 2 * LIMITS.standingEntries) return undefined
  const read: Row[] = []
  let bytes = 0
  for (const entry of rows) {
    const row = fromChannel(entry, spec)
    if (row === undefined) return undefined
    bytes += sizeOf(row)
    read.push(row)
  }
  if (bytes > room.bytes) return undefined
  const kept: [Uint8Array, Uint8Array?][] = []
  for (const entry of remember as unknown[]) {
    const one = readRemembered(entry)
    if (one === undefined) return undefined
    kept.push(one)
  }
  const known = readOutcome({ coverage, errors })
  return {
    rows: read,
    left: Number.isSafeInteger(left) && left! >= 0 ? left! : 0,
    coverage: known.coverage,
    errors: known.errors,
    remember: kept
  }
}

const readRemembered = (entry: unknown): [Uint8Array, Uint8Array?] | undefined => {
  if (!Array.isArray(entry) || entry.length < 1 || entry.length > 2) return undefined
  const all: Uint8Array[] = []
  for (const one of entry) {
    if (typeof one !== 'string' || one.length > 2 * REMEMBERED_BYTES) return undefined
    all.push(bytesOf(one))
  }
  return all.every(({ length }) => length <= REMEMBERED_BYTES)
    ? (all as [Uint8Array, Uint8Array?])
    : undefined
}
