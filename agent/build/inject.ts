import { imageEnd, SEGMENT, type Segment, segmentsOf } from '../../src/cli/elf.ts'
import { GumshoeError } from '../../src/errors.ts'
import { keepEnglish } from './english.ts'

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
 * (symbols, debugging information, section headers) is left away, as `strip` does; the notes stand where ICU had its other
 * languages, and take the place of the build id. So nothing else has to move, the same bytes come out on every machine, and
 * it is no other for arm64. Throws `internal` for a binary of another shape.
 */
export const inject = (node: Uint8Array, notes: readonly Note[]): Uint8Array => {
  const segments = segmentsOf(node)
  const made = Buffer.from(node.subarray(0, imageEnd(segments)))
  const room = keepEnglish(made)
  const start = align(room.from)
  const bytes = Buffer.concat(notes.map(encode))
  const note = segments.find(({ type }) => type === SEGMENT.note)
  const around = segments.find(
    ({ type, offset, fileSize }) =>
      type === SEGMENT.load && offset <= start && start + bytes.length <= offset + fileSize
  )
  if (note === undefined || around === undefined || start + bytes.length > room.to)
    throw new GumshoeError('internal', 'This node binary is laid out in a way that is not known.')
  bytes.copy(made, start)
  place(made, note, start, around.address + start - around.offset, bytes.length)
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

const place = (file: Buffer, segment: Segment, offset: number, address: number, size: number): void => {
  file.writeBigUInt64LE(BigInt(offset), segment.at + 8)
  file.writeBigUInt64LE(BigInt(address), segment.at + 16)
  file.writeBigUInt64LE(BigInt(address), segment.at + 24)
  file.writeBigUInt64LE(BigInt(size), segment.at + 32)
  file.writeBigUInt64LE(BigInt(size), segment.at + 40)
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
