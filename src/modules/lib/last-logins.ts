import type { HostFiles } from './host-files.ts'
import { readSqlite } from './sqlite.ts'

/** The newest log-in of a user, ms since 1970, with the machine that it came from as latin1 (empty: none told). */
export interface LastLogin {
  readonly at: number
  readonly from: string
}

/** struct lastlog of <lastlog.h>: seconds (4), line (32), host (256); one a uid, in a file full of holes. */
const LASTLOG = 292
const LINE = 32

/** struct utmp of utmp(5), with glibc: 384 bytes where the time has 32 bits, 400 where it has 64. */
const UTMP = [
  { size: 384, time: 340, wide: false },
  { size: 400, time: 344, wide: true }
] as const
const USER_PROCESS = 7
/** As many records as a busy host makes in years, and the lastlog of the first 200,000 uids. */
const MOST = 64 << 20

const text = (bytes: Buffer, from: number, length: number): string => {
  const part = bytes.subarray(from, from + length)
  const end = part.indexOf(0)
  return part.toString('latin1', 0, end < 0 ? length : end)
}

/** Log-ins by name and by uid from whatever the host keeps: lastlog(8), lastlog2(8), wtmp(5), wtmpdb(8). */
export class LastLogins {
  readonly #byName = new Map<string, LastLogin>()
  readonly #lastlog: Buffer | undefined
  readonly #files: HostFiles

  constructor(files: HostFiles) {
    this.#files = files
    this.#lastlog = files.readFirst('/var/log/lastlog', MOST)
    for (const path of ['/var/log/wtmp.1', '/var/log/wtmp']) {
      const bytes = files.read(path, MOST)
      if (bytes !== undefined) for (const [name, login] of utmpRecords(bytes)) this.#note(name, login)
    }
    for (const row of readSqlite(
      files,
      '/var/lib/lastlog/lastlog2.db',
      'Lastlog2',
      'SELECT Name, Time, RemoteHost FROM Lastlog2'
    ))
      this.#row(row, 1_000)
    // wtmpdb keeps microseconds.
    for (const row of readSqlite(
      files,
      '/var/lib/wtmpdb/wtmp.db',
      'wtmp',
      'SELECT User, max(Login), RemoteHost FROM wtmp WHERE Type = 3 GROUP BY User'
    ))
      this.#row(row, 1 / 1_000)
  }

  of(name: string, uid: number): LastLogin | undefined {
    if (this.#lastlog?.length === MOST && (uid + 1) * LASTLOG > MOST) this.#files.count.skip('too-large')
    const byName = this.#byName.get(name)
    const byUid = this.#lastlog && lastlogOf(this.#lastlog, uid)
    return newest(byName, byUid)
  }

  #row(row: readonly unknown[], scale: number): void {
    const [name, time, from] = row
    if (typeof name !== 'string' || typeof time !== 'number' || time <= 0) return
    const at = Math.floor(time * scale)
    if (Number.isSafeInteger(at))
      this.#note(latin1(name), { at, from: typeof from === 'string' ? latin1(from) : '' })
  }

  #note(name: string, login: LastLogin): void {
    this.#byName.set(name, newest(this.#byName.get(name), login)!)
  }
}

const newest = (a: LastLogin | undefined, b: LastLogin | undefined): LastLogin | undefined =>
  a === undefined || (b !== undefined && b.at > a.at) ? b : a

const latin1 = (value: string): string => Buffer.from(value).toString('latin1')

const lastlogOf = (file: Buffer, uid: number): LastLogin | undefined => {
  const at = uid * LASTLOG
  if (at + LASTLOG > file.length) return undefined
  const seconds = file.readUInt32LE(at)
  return seconds === 0 ? undefined : { at: seconds * 1_000, from: text(file, at + 4 + LINE, 256) }
}

/** Records of log-ins in a wtmp file of either form. */
export function* utmpRecords(file: Buffer): Generator<readonly [string, LastLogin]> {
  const form = UTMP.find(({ size }) => file.length % size === 0 && plausible(file, size)) ?? UTMP[0]
  for (let at = 0; at + form.size <= file.length; at += form.size) {
    if (file.readInt16LE(at) !== USER_PROCESS) continue
    const seconds = form.wide
      ? Number(file.readBigInt64LE(at + form.time))
      : file.readUInt32LE(at + form.time)
    const ms = seconds * 1_000
    if (ms > 0 && Number.isSafeInteger(ms))
      yield [text(file, at + 44, 32), { at: ms, from: text(file, at + 76, 256) }]
  }
}

/** utmp(5): a record's type is 0 to 9, in every record where the length of one is right. */
const plausible = (file: Buffer, size: number): boolean => {
  for (let at = 0; at + size <= Math.min(file.length, 64 * size); at += size) {
    const type = file.readInt16LE(at)
    if (type < 0 || type > 9) return false
  }
  return true
}
