import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { type JournalEntry, JournalReader } from '../../src/modules/lib/log/journal-file.ts'

/** A journal that systemd-journal-remote 252 wrote: 64 entries from 2026-11-23, of which three hold "needle". */
export const realJournal = (name: 'wide-zstd' | 'compact-zstd' | 'wide-plain'): Buffer =>
  gunzipSync(readFileSync(new URL(`../vectors/journal/${name}.journal.gz`, import.meta.url)))

export interface Made {
  /** Ms since 1970. */
  readonly time: number
  /** `NAME=value`, or a payload that is packed already, with the flag that says how. */
  readonly fields: readonly (string | { readonly flag: number; readonly packed: Buffer })[]
}

const HEADER = 264
const padded = (size: number): number => Math.ceil(size / 8) * 8

const object = (type: number, flag: number, body: Buffer): Buffer => {
  const bytes = Buffer.alloc(padded(16 + body.length))
  bytes[0] = type
  bytes[1] = flag
  bytes.writeBigUInt64LE(BigInt(16 + body.length), 8)
  body.copy(bytes, 16)
  return bytes
}

/** A small journal with these entries, as far as a reader needs one: no hash tables, no arrays. */
export const madeJournal = (entries: readonly Made[], compact = false): Buffer => {
  const parts: Buffer[] = []
  let offset = HEADER
  let last = 0
  const add = (bytes: Buffer): number => {
    last = offset
    parts.push(bytes)
    offset += bytes.length
    return last
  }
  for (const { time, fields } of entries) {
    const items = fields.map(field => {
      const payload = typeof field === 'string' ? Buffer.from(field, 'latin1') : field.packed
      const head = Buffer.alloc(compact ? 56 : 48)
      return add(object(1, typeof field === 'string' ? 0 : field.flag, Buffer.concat([head, payload])))
    })
    const size = compact ? 4 : 16
    const body = Buffer.alloc(48 + size * items.length)
    body.writeBigUInt64LE(BigInt(time) * 1_000n, 8)
    for (const [i, at] of items.entries()) body.writeUInt32LE(at, 48 + size * i)
    add(object(3, 0, body))
  }
  const header = Buffer.alloc(HEADER)
  header.write('LPKSHHRH')
  header.writeUInt32LE(compact ? 24 : 8, 12)
  header.writeBigUInt64LE(BigInt(HEADER), 88)
  header.writeBigUInt64LE(BigInt(offset - HEADER), 96)
  header.writeBigUInt64LE(BigInt(last), 136)
  header.writeBigUInt64LE(BigInt(entries.length), 152)
  return Buffer.concat([header, ...parts])
}

/** What a reader tells of a journal that comes in chunks of these sizes; it matches messages with "needle". */
export const readJournal = (
  bytes: Buffer,
  sizes: readonly number[] = [1 << 18]
): { entries: JournalEntry[]; missed: string[]; unknown: number } => {
  const entries: JournalEntry[] = []
  const missed: string[] = []
  let unknown = 0
  const reader = new JournalReader({
    wants: () => true,
    matches: message => (message.includes('needle') ? [0] : []),
    entry: entry => entries.push(entry),
    missed: code => missed.push(code),
    unknown: count => (unknown += count)
  })
  for (let at = 0, i = 0; at < bytes.length && !reader.done; i++) {
    const size = sizes[i % sizes.length]!
    reader.take(bytes.subarray(at, at + size))
    at += size
  }
  reader.finish()
  return { entries, missed, unknown }
}
