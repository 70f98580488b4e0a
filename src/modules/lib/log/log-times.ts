import type { Zone } from '../host/zone.ts'

/** What the beginning of a line tells: its moment, and which program wrote it. */
export interface Stamp {
  /** Ms since 1970. */
  readonly time: number
  /** As latin1. */
  readonly program: string | undefined
}

/** The longest beginning that is looked at: a stamp, a host and a program. */
export const STAMP_BYTES = 400

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAY = 86_400_000

const PRIORITY = '(?:<\\d{1,3}>(?:1 )?)?'
/** `Nov 24 09:12:04`, with a year behind the day where a device writes one (RFC 3164). */
const BSD = new RegExp(
  `^${PRIORITY}([A-Z][a-z]{2}) ([ \\d]\\d) (?:(\\d{4}) )?(\\d\\d):(\\d\\d):(\\d\\d)(?:\\.\\d{1,9})?:? `
)
/** `2026-11-24T09:12:04.123+01:00`, `2026-11-24 09:12:04` (RFC 3339, RFC 5424, dpkg). */
const ISO = new RegExp(
  `^${PRIORITY}(\\d{4})-(\\d\\d)-(\\d\\d)[T ](\\d\\d):(\\d\\d):(\\d\\d)(?:[.,]\\d{1,9})?(Z|[+-]\\d\\d:?\\d\\d)?:? `
)
/** `type=USER_LOGIN msg=audit(1732448000.123:456):` (auditd). */
const AUDIT = /^(?:node=[^ ]{1,255} )?type=([A-Z0-9_]{1,64}) msg=audit\((\d{1,12})(?:\.\d{1,9})?:\d{1,20}\):/
/** `[24/Nov/2026:09:12:04 +0000]` (web servers). */
const COMMON = /\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})\]/
/** What follows a syslog stamp: the host, then the program, with or without its number. */
const TAG = /^[^ ]{1,255} ([^ :[\]]{1,128})(?:\[\d{1,10}\])?:(?: |$)/
/** The same of RFC 5424: host, program, its number, the message's name. */
const TAG5 = /^[^ ]{1,255} ([^ ]{1,128}) [^ ]{1,128} [^ ]{1,32} /

/**
 * The stamp of a line by its beginning, as latin1; undefined where it has none. `anchor` is the moment that nothing in the
 * file comes after, by which a date without a year gets its year; the zone is asked for only where a stamp has no offset.
 */
export const stampOf = (line: string, zone: () => Zone, anchor: number): Stamp | undefined => {
  const bsd = BSD.exec(line)
  if (bsd !== null) return told(bsdTime(bsd, zone, anchor), line.slice(bsd[0].length), false)
  const iso = ISO.exec(line)
  if (iso !== null) return told(isoTime(iso, zone), line.slice(iso[0].length), /^<\d{1,3}>1 /.test(line))
  const audit = AUDIT.exec(line)
  if (audit !== null) return { time: Number(audit[2]) * 1_000, program: audit[1] }
  const common = COMMON.exec(line)
  const month = common === null ? -1 : MONTHS.indexOf(common[2]!)
  if (common === null || month < 0) return undefined
  const [, day, , year, ...rest] = common
  const local = dateOf(Number(year), month + 1, Number(day), rest.slice(0, 3).map(Number))
  return local === undefined ? undefined : { time: local - offsetOf(rest[3]!), program: undefined }
}

const told = (time: number | undefined, rest: string, is5424: boolean): Stamp | undefined =>
  time === undefined ? undefined : { time, program: (is5424 ? TAG5 : TAG).exec(rest)?.[1] }

type Clock = readonly number[]

/** A date that exists, taken as UTC; undefined for a 30th of February. */
const dateOf = (
  year: number,
  month: number,
  day: number,
  [hour, minute, second]: Clock
): number | undefined => {
  if (hour! > 23 || minute! > 59 || second! > 60) return undefined
  const time = Date.UTC(year, month - 1, day, hour, minute, Math.min(second!, 59))
  const date = new Date(time)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? time : undefined
}

const bsdTime = (match: RegExpExecArray, zone: () => Zone, anchor: number): number | undefined => {
  const month = MONTHS.indexOf(match[1]!) + 1
  const day = Number(match[2])
  const clock = [4, 5, 6].map(i => Number(match[i]))
  const at = (year: number) =>
    dateOf(year, month, day, clock) === undefined
      ? undefined
      : zone().utc(year, month, day, clock[0]!, clock[1]!, Math.min(clock[2]!, 59))
  if (month === 0) return undefined
  if (match[3] !== undefined) return at(Number(match[3]))
  // The newest year in which it does not come after the anchor. A 29th of February may be eight years back.
  const year = new Date(anchor + DAY).getUTCFullYear()
  for (let back = -1; back <= 8; back++) {
    const time = at(year - back)
    if (time !== undefined && time <= anchor + DAY) return time
  }
  return undefined
}

const isoTime = (match: RegExpExecArray, zone: () => Zone): number | undefined => {
  const [year, month, day, ...clock] = [1, 2, 3, 4, 5, 6].map(i => Number(match[i])) as [
    number,
    number,
    number,
    ...number[]
  ]
  const local = dateOf(year, month, day, clock)
  if (local === undefined) return undefined
  if (match[7] !== undefined) return local - offsetOf(match[7])
  return zone().utc(year, month, day, clock[0]!, clock[1]!, Math.min(clock[2]!, 59))
}

/** `Z`, `+0100`, `-05:30` in ms. */
const offsetOf = (text: string): number => {
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(text)
  if (match === null) return 0
  const ms = (Number(match[2]) * 60 + Number(match[3])) * 60_000
  return match[1] === '-' ? -ms : ms
}
