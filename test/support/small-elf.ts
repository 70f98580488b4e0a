import { SEGMENT } from '../../src/cli/elf.ts'

/** An ELF file with a text segment, a data segment that has zeroes behind it, a note, and symbols after what is loaded. */
export const smallElf = (fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:0'): Buffer => {
  const file = Buffer.alloc(0x700)
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  file.writeBigUInt64LE(64n, 32)
  file.writeBigUInt64LE(0x600n, 40)
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
  segment(0, SEGMENT.load, 0, 0x400000, 0x300, 0x300)
  segment(1, SEGMENT.load, 0x300, 0x401300, 0x101, 0x1f2)
  segment(2, SEGMENT.note, 0x200, 0x400200, 0x20, 0x20)
  file.write(fuse, 0x300)
  file.fill(0xee, 0x401)
  return file
}
