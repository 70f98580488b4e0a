import { imageEnd, SEGMENT, type Segment, segmentsOf } from '../../src/cli/elf.ts'
import { GumshoeError } from '../../src/errors.ts'

/** A note in the executable's image (System V gABI, chapter 5, "Note Section"). */
export interface Note {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Under this name Node looks for the application that it is to be (doc/api/single-executable-applications.md). */
export const SEA_NOTE = 'NODE_SEA_BLOB'
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:'

/**
 * A copy of the node binary that carries these notes and is thereby a program of its own. Everything that isn't loaded
 * (symbols, debugging information, section headers) is left away, as `strip` does, and the notes take the place of the
 * build id: the last segment is written out to the end of its zeroes and goes on with them. So no header has to move, the
 * same bytes come out on every machine, and it is no other for arm64. Throws `internal` for a binary of another shape.
 */
export const inject = (node: Uint8Array, notes: readonly Note[]): Uint8Array => {
  const segments = segmentsOf(node)
  const last = segments.filter(({ type }) => type === SEGMENT.load).at(-1)
  const note = segments.find(({ type }) => type === SEGMENT.note)
  if (last === undefined || note === undefined || last.offset + last.fileSize !== imageEnd(segments))
    throw new GumshoeError('internal', 'This node binary is laid out in a way that is not known.')
  const start = align(last.offset + last.memorySize)
  const encoded = notes.map(encode)
  const size = encoded.reduce((sum, { length }) => sum + length, 0)
  const made = Buffer.alloc(start + size)
  made.set(node.subarray(0, last.offset + last.fileSize))
  let at = start
  for (const bytes of encoded) {
    made.set(bytes, at)
    at += bytes.length
  }
  setSizes(made, last, start + size - last.offset)
  place(made, note, start, last.address + start - last.offset, size)
  forgetSections(made)
  lightFuse(made)
  return made
}

const align = (n: number): number => Math.ceil(n / 4) * 4

const encode = ({ name, bytes }: Note): Buffer => {
  const named = Buffer.from(`${name}\0`)
  const descriptor = 12 + align(named.length)
  const made = Buffer.alloc(descriptor + align(bytes.length))
  made.writeUInt32LE(named.length, 0)
  made.writeUInt32LE(bytes.length, 4)
  named.copy(made, 12)
  made.set(bytes, descriptor)
  return made
}

const setSizes = (file: Buffer, { at }: Segment, size: number): void => {
  file.writeBigUInt64LE(BigInt(size), at + 32)
  file.writeBigUInt64LE(BigInt(size), at + 40)
}

const place = (file: Buffer, segment: Segment, offset: number, address: number, size: number): void => {
  file.writeBigUInt64LE(BigInt(offset), segment.at + 8)
  file.writeBigUInt64LE(BigInt(address), segment.at + 16)
  file.writeBigUInt64LE(BigInt(address), segment.at + 24)
  setSizes(file, segment, size)
}

/** e_shoff, e_shnum and e_shstrndx. */
const forgetSections = (file: Buffer): void => {
  file.writeBigUInt64LE(0n, 40)
  file.writeUInt16LE(0, 60)
  file.writeUInt16LE(0, 62)
}

/** Node looks for a note only where this one character of its data says that there is one. */
const lightFuse = (file: Buffer): void => {
  const at = file.indexOf(`${FUSE}0`)
  if (at < 0) throw new GumshoeError('internal', 'This node binary can be no single executable.')
  file.write('1', at + FUSE.length)
}
