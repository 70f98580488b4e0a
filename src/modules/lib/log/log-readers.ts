import { UTMP_TYPES, UtmpReader } from '../accounts/utmp.ts'
import type { HostFiles } from '../host/host-files.ts'
import { readSqlite } from '../host/sqlite.ts'
import type { Zone } from '../host/zone.ts'
import type { LogCounts, LogEntry } from './log-counts.ts'
import { LogLines } from './log-lines.ts'
import { STAMP_BYTES, type Stamp, stampOf } from './log-times.ts'

interface Into {
  readonly path: Buffer
  readonly counts: LogCounts
  /** Told of what keeps us from seeing all of it. */
  readonly skip: (why: string) => void
}

const SPACE = 0x20
const TAB = 0x09

/** A log of lines. A line without a stamp of its own belongs to the one above. */
export const textReader = (
  { source, path, counts, zone, skip }: Into & { source: 'text' | 'audit'; zone: () => Zone },
  anchor: number
): { take(chunk: Buffer): void; finish(): void } => {
  let above: Stamp | undefined
  const told = new Set<string>()
  const once = (why: string): void => {
    if (!told.has(why)) skip(why)
    told.add(why)
  }
  const lines = new LogLines((line, cut) => {
    if (line.length === 0) return
    if (line[0] !== SPACE && line[0] !== TAB)
      above = stampOf(line.toString('latin1', 0, STAMP_BYTES), zone, anchor) ?? above
    const matched = counts.matches(line)
    if (matched === undefined) {
      if (cut) once('long-line')
      return
    }
    const { time, program } = above ?? {}
    if (!counts.isNamed({ program })) return
    if (counts.windowed && time === undefined) once('no-time')
    else if (time === undefined || counts.isWanted(time)) counts.add({ source, path, program, time, matched })
  })
  return { take: chunk => lines.take(chunk), finish: () => lines.finish() }
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [UTMP_TYPES.runLevel, 'runlevel'],
  [UTMP_TYPES.boot, 'boot'],
  [UTMP_TYPES.newTime, 'clock'],
  [UTMP_TYPES.oldTime, 'clock'],
  [UTMP_TYPES.login, 'failed'],
  [UTMP_TYPES.user, 'login'],
  [UTMP_TYPES.dead, 'logout']
])

/** Records of log-ins; the text of one is its user, its line and where it came from. Every record of btmp is a failure. */
export const loginReader = (
  { path, counts, skip }: Into,
  size: number
): { take(chunk: Buffer): void; finish(): void } => {
  const failures = path.includes('/btmp')
  const reader = new UtmpReader(
    ({ type, user, line, host, at }) => {
      const program = failures ? 'failed' : NAMES.get(type)
      if (program !== undefined)
        judge(counts, { source: 'logins', path, program, time: at }, [user, line, host])
    },
    packed(path) ? undefined : size
  )
  return {
    take: chunk => reader.take(chunk),
    finish: () => {
      if (reader.torn) skip('truncated')
    }
  }
}

const packed = (path: Buffer): boolean => /\.(gz|zst)$/.test(path.toString('latin1'))

const judge = (counts: LogCounts, entry: Omit<LogEntry, 'matched'>, words: readonly string[]): void => {
  if (!counts.isWanted(entry.time!) || !counts.isNamed(entry)) return
  const matched = counts.matches(Buffer.from(words.join(' '), 'latin1'))
  if (matched !== undefined) counts.add({ ...entry, matched })
}

const WTMPDB = '/var/lib/wtmpdb/wtmp.db'
const LASTLOG = '/var/log/lastlog'
/** struct lastlog: seconds, line, host; one a uid, in a file full of holes. */
const LASTLOG_SIZE = 292
const MOST = 64 << 20

/** The newest log-in of each user, and the database that replaces wtmp. */
export const readLoginDatabases = (files: HostFiles, counts: LogCounts): void => {
  const lastlog = files.readFirst(LASTLOG, MOST)
  if (lastlog !== undefined) {
    files.count.seen++
    if (lastlog.length === MOST) files.count.skip('too-large')
    for (let at = 0; at + LASTLOG_SIZE <= lastlog.length; at += LASTLOG_SIZE) {
      const seconds = lastlog.readUInt32LE(at)
      if (seconds === 0) continue
      const text = lastlog
        .toString('latin1', at + 4, at + LASTLOG_SIZE)
        .replace(/\0+/g, ' ')
        .trim()
      judge(
        counts,
        { source: 'logins', path: Buffer.from(LASTLOG), program: 'lastlog', time: seconds * 1_000 },
        [text]
      )
    }
  }
  const path = Buffer.from(WTMPDB)
  for (const [type, user, login, line, host] of readSqlite(
    files,
    WTMPDB,
    'wtmp',
    'SELECT Type, User, Login, TTY, RemoteHost FROM wtmp'
  )) {
    // It numbers: 1 a boot, 2 a change of run level, 3 a log-in; times are microseconds.
    const program = type === 1 ? 'boot' : type === 2 ? 'runlevel' : type === 3 ? 'login' : undefined
    const time = typeof login === 'number' ? Math.floor(login / 1_000) : Number.NaN
    if (program === undefined || !Number.isSafeInteger(time) || time <= 0) continue
    const words = [user, line, host].map(word => (typeof word === 'string' ? latin1(word) : ''))
    judge(counts, { source: 'logins', path, program, time }, words)
  }
}

const latin1 = (text: string): string => Buffer.from(text).toString('latin1')
