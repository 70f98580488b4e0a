import { sha256, utf8Bytes } from '../codec.ts'
import type { Risk } from '../documents/vocabulary.ts'

/** One million parts: the whole fleet. */
export const WHOLE_PPM = 1_000_000

/**
 * Where a host stands in a day's sample, in ppm: the first 8 bytes of SHA-256(mesh, risk class, UTC day, peer id). One
 * sample for all of a day's actions of a class, so that a thief with one key can't walk the fleet by signing many; a
 * wider ceiling contains the narrower one (design 8).
 */
export const samplePpm = (mesh: string, risk: Risk, validFrom: string, peer: string): number => {
  const digest = sha256(utf8Bytes([mesh, risk, validFrom.slice(0, 10), peer].join('\0')))
  const first = Buffer.from(digest).readBigUInt64BE(0)
  return Number((first * BigInt(WHOLE_PPM)) >> 64n)
}
