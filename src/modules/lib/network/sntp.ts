import { randomBytes } from 'node:crypto'

/** Simple network time (RFC 4330, RFC 5905): one question of 48 bytes, one answer. */

const SIZE = 48
/** Version 4, client. */
const CLIENT = 0x23
const SERVER = 4
const ORIGINATE = 24
const RECEIVE = 32
const TRANSMIT = 40
/** Seconds from 1900 to 1970, of which 32 bits are kept: they begin anew in 2036. */
const TO_1970 = 2_208_988_800
const ERA = 2 ** 32

/** The transmit time is a random number: it says nothing of our clock, and who did not see it can't answer. */
export const sntpQuestion = (): Buffer => {
  const bytes = Buffer.alloc(SIZE)
  bytes[0] = CLIENT
  randomBytes(8).copy(bytes, TRANSMIT)
  return bytes
}

export interface SntpAnswer {
  /** What the server's clock is ahead of ours, ms. */
  readonly offset: number
  /** Time on the wire, there and back, ms. */
  readonly delay: number
  readonly stratum: number
}

/** `foreign`: no answer to this question; `unsynchronised`: the server does not know the time itself, or wants us to go. */
export type SntpRead = SntpAnswer | 'foreign' | 'unsynchronised'

/** Reads an answer; sent and received by our own clock, ms since 1970. */
export const readSntp = (answer: Buffer, question: Buffer, sent: number, received: number): SntpRead => {
  const first = answer[0] ?? 0
  const isOurs =
    answer.length >= SIZE &&
    (first & 7) === SERVER &&
    answer.subarray(ORIGINATE, ORIGINATE + 8).equals(question.subarray(TRANSMIT, TRANSMIT + 8))
  if (!isOurs) return 'foreign'
  const stratum = answer[1]!
  const isKnown = [RECEIVE, TRANSMIT].every(at => answer.readBigUInt64BE(at) !== 0n)
  if (first >> 6 === 3 || stratum === 0 || stratum > 15 || !isKnown) return 'unsynchronised'
  const there = aheadOf(answer, RECEIVE, sent)
  const back = aheadOf(answer, TRANSMIT, received)
  return {
    offset: Math.round((there + back) / 2),
    // What the server took for it is not on the wire; a wrong one must not make it negative.
    delay: Math.max(0, Math.round(there - back)),
    stratum
  }
}

/** What a time stamp is ahead of a moment, ms; within 68 years either way, whichever era it is of. */
const aheadOf = (bytes: Buffer, at: number, moment: number): number => {
  const seconds = bytes.readUInt32BE(at) + bytes.readUInt32BE(at + 4) / ERA - (moment / 1_000 + TO_1970)
  const near = seconds - ERA * Math.round(seconds / ERA)
  return near * 1_000
}
