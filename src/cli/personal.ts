import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { isSea } from 'node:sea'
import { zstdDecompressSync } from 'node:zlib'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { imageEnd, SEGMENT, segmentsOf } from './elf.ts'

/**
 * A personal executable: the agent's own, and behind what is loaded of it an enrolment file, its length (8 bytes, big
 * endian), its SHA-256 and a word of 16 bytes. Where the image ends stands in its head, so that anything that is cut off,
 * changed or added behind it is noticed.
 */
const WORD = Buffer.from('gumshoe enrol/1\n')
const TAIL = 8 + 32 + WORD.length
const HEAD = 64 * 1024
/** The note that the build puts first. */
const NOTE = /gumshoe\0gumshoe-agent-linux-/

const digestOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

const damaged = (what: string): GumshoeError => new GumshoeError('damaged-executable', what)

/** RFC 8878 3.1.1: how a zstd frame begins. */
const ZSTD = Buffer.from('28b52ffd', 'hex')

const unpacked = (path: string): Buffer => {
  const bytes = readFileSync(path)
  if (!bytes.subarray(0, ZSTD.length).equals(ZSTD)) return bytes
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: LIMITS.executableBytes })
  } catch {
    throw damaged(`${path} can not be unpacked.`)
  }
}

/** The agent's executable, as it was built or as it is downloaded (.zst). Throws `usage` for another file, `damaged-executable` where it is cut off. */
export const readAgent = (path: string): Uint8Array => {
  const bytes = unpacked(path)
  const segments = segmentsOf(bytes)
  const at = segments.find(({ type }) => type === SEGMENT.note)?.offset ?? 0
  if (!NOTE.test(bytes.toString('latin1', at, at + 128)))
    throw new GumshoeError('usage', `${path} is no executable of the agent.`, {
      fix: 'Give the file gumshoe-agent-linux-x64 or -arm64 as it was built (npm run build:agent).'
    })
  if (bytes.length < imageEnd(segments)) throw damaged(`${path} is cut off.`)
  return bytes
}

/** The agent's executable with an enrolment behind it, in the place of one that it had. */
export const personalise = (executable: Uint8Array, enrolment: Uint8Array): Uint8Array => {
  const end = imageEnd(segmentsOf(executable))
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(enrolment.length))
  return Buffer.concat([executable.subarray(0, end), enrolment, length, digestOf(enrolment), WORD])
}

/** The enrolment behind an executable; undefined where there is none. Throws `damaged-executable`. */
export const enrolmentIn = (path: string): Uint8Array | undefined => {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const read = (from: number, length: number): Buffer => {
      const bytes = Buffer.alloc(length)
      return bytes.subarray(0, readSync(file, bytes, 0, length, from))
    }
    const end = imageEnd(segmentsOf(read(0, HEAD)))
    if (size === end) return undefined
    if (size < end) throw damaged(`${path} is cut off: ${end - size} bytes are missing.`)
    const length = size - end - TAIL
    const tail = read(end + length, TAIL)
    if (length <= 0 || length > LIMITS.charterFileBytes || !tail.subarray(40).equals(WORD))
      throw damaged(`What was appended to ${path} is no whole enrolment.`)
    const enrolment = read(end, length)
    if (tail.readBigUInt64BE(0) !== BigInt(length) || !digestOf(enrolment).equals(tail.subarray(8, 40)))
      throw damaged(`The enrolment that was appended to ${path} was changed on the way.`)
    return new Uint8Array(enrolment)
  } finally {
    closeSync(file)
  }
}

/** The enrolment that this very executable carries. Throws `damaged-executable`. */
export const ownEnrolment = (): Uint8Array | undefined =>
  isSea() ? enrolmentIn(process.execPath) : undefined

/** An executable without an enrolment behind it. */
export const impersonal = (path: string): Uint8Array => {
  const bytes = readFileSync(path)
  return bytes.subarray(0, imageEnd(segmentsOf(bytes)))
}

/** Writes an executable, all or nothing, in the place of whatever was there: 0700 where it holds a secret, 0755 where it does not. */
export const writeExecutable = (path: string, bytes: Uint8Array, mode: number): void => {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const file = openSync(temporary, 'wx', mode)
  try {
    writeFileSync(file, bytes)
    fsyncSync(file)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
}
