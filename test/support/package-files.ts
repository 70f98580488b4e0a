import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { testDirectory } from './directory.ts'

/** Records of packages as their managers write them, made by hand. */

export const dpkgRecord = (name: string, version: string, more = ''): string =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\n${more}Version: ${version}\nDescription: short\n long\n .\n longer\n\n`

export interface RpmTold {
  readonly name: string
  readonly version?: string
  readonly release?: string
  readonly epoch?: number
  readonly arch?: string
  readonly sourceRpm?: string
  readonly installTime?: number
  /** Its files with their digests. */
  readonly files?: Readonly<Record<string, string>>
  /** How those are made, as OpenPGP numbers it. */
  readonly algorithm?: number
}

const TAGS: readonly [Exclude<keyof RpmTold, 'files'>, tag: number][] = [
  ['name', 1000],
  ['version', 1001],
  ['release', 1002],
  ['epoch', 1003],
  ['installTime', 1008],
  ['arch', 1022],
  ['sourceRpm', 1044],
  ['algorithm', 5011]
]

/** A header of RPM with the region tag that real ones begin with. */
export const rpmHeader = (told: RpmTold): Buffer => {
  const entries = [numbers(63, 7, 0, 16)]
  let data = Buffer.alloc(16)
  for (const [name, tag] of TAGS) {
    const value = told[name]
    if (value === undefined) continue
    if (typeof value === 'number') data = Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)])
    entries.push(numbers(tag, typeof value === 'number' ? 4 : 6, data.length, 1))
    data = Buffer.concat([
      data,
      typeof value === 'number' ? numbers(value) : Buffer.from(`${value}\0`, 'latin1')
    ])
  }
  const add = (tag: number, type: number, count: number, value: Buffer): void => {
    data = Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)])
    entries.push(numbers(tag, type, data.length, count))
    data = Buffer.concat([data, value])
  }
  const texts = (values: readonly string[]): Buffer =>
    Buffer.from(values.map(text => `${text}\0`).join(''), 'latin1')
  const paths = Object.keys(told.files ?? {})
  if (paths.length > 0) {
    const above = paths.map(path => path.slice(0, path.lastIndexOf('/') + 1))
    const directories = [...new Set(above)]
    add(1035, 8, paths.length, texts(Object.values(told.files!)))
    add(1116, 4, paths.length, numbers(...above.map(one => directories.indexOf(one))))
    add(1117, 8, paths.length, texts(paths.map(path => path.slice(path.lastIndexOf('/') + 1))))
    add(1118, 8, directories.length, texts(directories))
  }
  return Buffer.concat([numbers(entries.length, data.length), ...entries, data])
}

const numbers = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i)
  return bytes
}

const little = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, 4 * i)
  return bytes
}

/** `Packages.db`: one page of slots, then blobs. */
export const ndb = (blobs: readonly Buffer[]): Buffer => {
  const slots: Buffer[] = []
  const rest: Buffer[] = []
  let at = 4_096
  for (let i = 0; i < 254; i++) {
    const blob = blobs[i]
    if (blob === undefined) {
      slots.push(little(0x746f6c53, 0, 0, 0))
      continue
    }
    const size = Math.ceil((16 + blob.length + 12) / 16) * 16
    slots.push(little(0x746f6c53, i + 1, at / 16, size / 16))
    const bytes = Buffer.alloc(size)
    little(0x53626c42, i + 1, 0, blob.length).copy(bytes)
    blob.copy(bytes, 16)
    rest.push(bytes)
    at += size
  }
  return Buffer.concat([little(0x506d7052, 0, 1, 1, blobs.length + 1, 0, 0, 0), ...slots, ...rest])
}

/** `Packages` of Berkeley DB: a page of items, each value on overflow pages of its own; small ones stay on the page. */
export const bdb = (blobs: readonly Buffer[], { isBig = false, size = 4_096 } = {}): Buffer => {
  const long = (bytes: Buffer, value: number, at: number) =>
    isBig ? bytes.writeUInt32BE(value, at) : bytes.writeUInt32LE(value, at)
  const short = (bytes: Buffer, value: number, at: number) =>
    isBig ? bytes.writeUInt16BE(value, at) : bytes.writeUInt16LE(value, at)
  const page = (number: number, type: number) => {
    const bytes = Buffer.alloc(size)
    long(bytes, number, 8)
    bytes[25] = type
    return bytes
  }
  const meta = page(0, 8)
  const items = page(1, 13)
  const pages = [meta, items]
  let end = size
  let count = 0
  const item = (bytes: Buffer) => {
    end -= bytes.length
    bytes.copy(items, end)
    short(items, end, 26 + 2 * count++)
  }
  const pair = (key: number, value: Buffer) => {
    const name = Buffer.alloc(5, 1)
    long(name, key, 1)
    item(name)
    item(value)
  }
  pair(0, Buffer.from([1, 9, 0, 0, 0]))
  for (const [i, blob] of blobs.entries()) {
    if (blob.length < 200) {
      pair(i + 1, Buffer.concat([Buffer.from([1]), blob]))
      continue
    }
    const away = Buffer.alloc(12)
    away[0] = 3
    long(away, pages.length, 4)
    long(away, blob.length, 8)
    pair(i + 1, away)
    for (let at = 0; at < blob.length; at += size - 26) {
      const part = blob.subarray(at, at + size - 26)
      const bytes = page(pages.length, 7)
      if (at + part.length < blob.length) long(bytes, pages.length + 1, 16)
      short(bytes, part.length, 22)
      part.copy(bytes, 26)
      pages.push(bytes)
    }
  }
  short(items, count, 20)
  long(meta, 0x061561, 12)
  long(meta, 9, 16)
  long(meta, size, 20)
  long(meta, pages.length - 1, 32)
  return Buffer.concat(pages)
}

/** `rpmdb.sqlite`, as RPM makes it. */
export const rpmSqlite = (blobs: readonly Buffer[]): Buffer => {
  const path = join(testDirectory(), 'rpmdb.sqlite')
  const database = new DatabaseSync(path)
  database.exec('CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)')
  const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)')
  for (const blob of blobs) insert.run(blob)
  database.close()
  const bytes = readFileSync(path)
  rmSync(path)
  return bytes
}

/** A program with the build information of Go somewhere in it: for Linux with its section, or without a table of sections; for macOS. */
export const goProgram = (
  toolchain: string,
  modules: string,
  { at = 70_000, form = 'elf' }: { at?: number; form?: 'elf' | 'stripped' | 'macho' } = {}
): Buffer => {
  const text = (value: string) => {
    const bytes = Buffer.from(value, 'latin1')
    const length: number[] = []
    for (let left = bytes.length; ; left >>= 7) {
      length.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0))
      if (left <= 0x7f) break
    }
    return Buffer.concat([Buffer.from(length), bytes])
  }
  const marks = 'm'.repeat(16)
  const info = Buffer.concat([
    Buffer.from('\xff Go buildinf:', 'latin1'),
    Buffer.from([8, 2]),
    Buffer.alloc(16),
    text(toolchain),
    text(`${marks}${modules}${marks}`)
  ])
  return programWith(info, Math.ceil(at / 16) * 16, form)
}

const NAMES = Buffer.from('\0.text\0.go.buildinfo\0.shstrtab\0', 'latin1')

/** A program that holds some bytes at a place. */
export const programWith = (info: Buffer, at: number, form: 'elf' | 'stripped' | 'macho'): Buffer => {
  const names = at + info.length + 100
  const table = Math.ceil((names + NAMES.length) / 8) * 8
  const bytes = Buffer.alloc(table + 3 * 64)
  info.copy(bytes, at)
  if (form === 'macho') {
    bytes.writeUInt32BE(0xcffaedfe, 0)
    return bytes
  }
  bytes.write('\x7fELF\x02\x01\x01', 'latin1')
  // One stretch that is loaded to be written to.
  bytes.writeBigUInt64LE(64n, 32)
  bytes.writeUInt16LE(56, 54)
  bytes.writeUInt16LE(1, 56)
  bytes.writeUInt32LE(1, 64)
  bytes.writeUInt32LE(6, 68)
  bytes.writeBigUInt64LE(BigInt(at - 64), 72)
  bytes.writeBigUInt64LE(BigInt(info.length + 100), 96)
  if (form === 'stripped') return bytes
  NAMES.copy(bytes, names)
  bytes.writeBigUInt64LE(BigInt(table), 40)
  for (const [i, value] of [64, 3, 2].entries()) bytes.writeUInt16LE(value, 58 + 2 * i)
  const section = (number: number, name: string, offset: number, size: number) => {
    bytes.writeUInt32LE(NAMES.indexOf(name), table + number * 64)
    bytes.writeBigUInt64LE(BigInt(offset), table + number * 64 + 24)
    bytes.writeBigUInt64LE(BigInt(size), table + number * 64 + 32)
  }
  section(1, '.go.buildinfo', at, info.length)
  section(2, '.shstrtab', names, NAMES.length)
  return bytes
}
