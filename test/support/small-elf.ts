import { SEGMENT } from '../../src/cli/elf.ts'

/** What an ELF file for tests may lack or have otherwise. */
interface Otherwise {
  readonly fuse?: string
  readonly languages?: readonly (readonly [name: string, size: number])[]
}

const ICU_AT = 0x300
export const TABLE_AT = ICU_AT + 0x20
const LANGUAGES = [
  ['icudt78l/de.res', 0x200],
  ['icudt78l/root.res', 0x10],
  ['icudt78l/zu.res', 0x10]
] as const

/**
 * An ELF file with a text segment that holds ICU's languages, each filled with its own name, a data
 * segment that has zeroes behind it, a note, and symbols after what is loaded.
 */
export const smallElf = ({
  fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:0',
  languages = LANGUAGES
}: Otherwise = {}): Buffer => {
  const file = Buffer.alloc(0xc00)
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  file.writeBigUInt64LE(64n, 32)
  file.writeBigUInt64LE(0xb00n, 40)
  file.writeUInt16LE(56, 54)
  file.writeUInt16LE(3, 56)
  file.writeUInt16LE(9, 60)
  const segment = (
    i: number,
    type: number,
    offset: number,
    address: number,
    size: number,
    memory: number
  ) => {
    const at = 64 + 56 * i
    file.writeUInt32LE(type, at)
    for (const [place, value] of [
      [8, offset],
      [16, address],
      [24, address],
      [32, size],
      [40, memory]
    ] as const)
      file.writeBigUInt64LE(BigInt(value), at + place)
  }
  segment(0, SEGMENT.load, 0, 0x400000, 0x800, 0x800)
  segment(1, SEGMENT.load, 0x800, 0x401800, 0x101, 0x1f2)
  segment(2, SEGMENT.note, 0x200, 0x400200, 0x20, 0x20)
  writeLanguages(file, languages)
  file.write(fuse, 0x800)
  file.fill(0xee, 0x901)
  return file
}

const writeLanguages = (file: Buffer, languages: readonly (readonly [string, number])[]): void => {
  file.writeUInt16LE(TABLE_AT - ICU_AT, ICU_AT)
  file.writeUInt16LE(0x27da, ICU_AT + 2)
  file.write('CmnD', ICU_AT + 12)
  file.writeUInt32LE(languages.length, TABLE_AT)
  let name = 4 + languages.length * 8
  let data = 0x60
  for (const [i, [path, size]] of languages.entries()) {
    file.writeUInt32LE(name, TABLE_AT + 4 + i * 8)
    file.writeUInt32LE(data, TABLE_AT + 8 + i * 8)
    file.write(`${path}\0`, TABLE_AT + name, 'latin1')
    file.fill(path.split('/').at(-1)!, TABLE_AT + data, TABLE_AT + data + size)
    name += path.length + 1
    data += size
  }
}
