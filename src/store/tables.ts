import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { LIMITS } from '../limits.ts'
import { crc32c } from './crc32c.ts'
import { lengthAt, unsnap } from './snappy.ts'

/**
 * LevelDB merges tables without looking at their checksums, and ends the process where keys come out of order (docs/
 * reliability.md). So the tables of a store that was not closed are checked by whoever opens it, before LevelDB does: every
 * byte of a table lies in a block with a checksum, or in the footer that leads to them (doc/table_format.md of LevelDB).
 */
const TABLE = /^\d+\.(?:ldb|sst)$/
const FOOTER = 48
const MAGIC = [0x8b80fb57, 0xdb477524] as const
/** Behind each block: how it is packed, and the checksum of both. */
const TRAILER = 5
const [PLAIN, SNAPPY] = [0, 1]

interface Block {
  readonly offset: number
  readonly size: number
}

/** Names of the tables of a store that do not hold. Nobody may have it open. */
export const damagedTables = async (directory: string): Promise<string[]> => {
  const damaged: string[] = []
  for (const name of existsSync(directory) ? readdirSync(directory) : [])
    if (TABLE.test(name) && !(await isSound(join(directory, name)))) damaged.push(name)
  return damaged
}

/** Moves tables out of a store, so that nothing reads them; LevelDB's own repair does without. */
export const setTablesAside = (directory: string, names: readonly string[], aside: string): void => {
  if (names.length === 0) return
  mkdirSync(aside, { recursive: true, mode: 0o700 })
  for (const name of names) renameSync(join(directory, name), join(aside, name))
}

const isSound = async (path: string): Promise<boolean> => {
  // What is larger than LevelDB makes them is left to LevelDB.
  if ((await stat(path)).size > LIMITS.tableBytes) return true
  return holds(await readFile(path))
}

/** Whether each block of a table has its checksum, and no byte lies between them. */
export const holds = (table: Uint8Array): boolean => {
  try {
    const end = table.length - FOOTER
    if (end < 0) return false
    const { about, index } = footerOf(table.subarray(end))
    let at = 0
    for (const block of blocksIn(contentOf(table, index))) {
      if (block.offset !== at || !isWhole(table, block)) return false
      at = endOf(block)
    }
    // Between the last one and the block about others there may be the filter.
    const filter = { offset: at, size: about.offset - at - TRAILER }
    if (about.offset !== at && (filter.size < 0 || !isWhole(table, filter))) return false
    return isWhole(table, about) && index.offset === endOf(about) && endOf(index) === end
  } catch {
    return false
  }
}

const endOf = ({ offset, size }: Block): number => offset + size + TRAILER

const footerOf = (bytes: Uint8Array): { about: Block; index: Block } => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const [i, half] of MAGIC.entries())
    if (view.getUint32(FOOTER - 8 + 4 * i, true) !== half) throw new Error('It is no table.')
  const about = blockAt(bytes, 0)
  return { about: about.block, index: blockAt(bytes, about.end).block }
}

const blockAt = (bytes: Uint8Array, at: number): { block: Block; end: number } => {
  const offset = lengthAt(bytes, at)
  const size = lengthAt(bytes, offset.end)
  return { block: { offset: offset.value, size: size.value }, end: size.end }
}

const isWhole = (table: Uint8Array, { offset, size }: Block): boolean => {
  if (offset + size + TRAILER > table.length - FOOTER) return false
  const view = new DataView(table.buffer, table.byteOffset + offset + size + 1, 4)
  return unmasked(view.getUint32(0, true)) === crc32c(table.subarray(offset, offset + size + 1))
}

/** A checksum of what holds checksums would be a weak one: they are turned and moved. */
const unmasked = (crc: number): number => {
  const turned = (crc - 0xa282ead8) >>> 0
  return ((turned >>> 17) | (turned << 15)) >>> 0
}

const contentOf = (table: Uint8Array, block: Block): Uint8Array => {
  if (!isWhole(table, block)) throw new Error('The index is damaged.')
  const bytes = table.subarray(block.offset, block.offset + block.size)
  const packing = table[block.offset + block.size]
  if (packing === SNAPPY) return unsnap(bytes, LIMITS.tableBytes)
  if (packing !== PLAIN) throw new Error('The index is packed in a way that we do not know.')
  return bytes
}

/** What an index leads to: entries of key and block, then a list of where some of them begin. */
function* blocksIn(index: Uint8Array): Generator<Block> {
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength)
  const end = index.length - 4 - 4 * view.getUint32(index.length - 4, true)
  for (let at = 0; at < end; ) {
    const shared = lengthAt(index, at)
    const own = lengthAt(index, shared.end)
    const length = lengthAt(index, own.end)
    const place = length.end + own.value
    yield blockAt(index, place).block
    at = place + length.value
  }
}
