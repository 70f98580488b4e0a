import type { HostFiles } from '../host/host-files.ts'
import { readSqlite } from '../host/sqlite.ts'
import { fixedText, UTMP_TYPES, utmpRecords } from './utmp.ts'

/** The newest log-in of a user, ms since 1970, with the machine that it came from as latin1 (empty: none told). */
export interface LastLogin {
  readonly at: number
  readonly from: string
}

/** struct lastlog of <lastlog.h>: seconds (4), line (32), host (256); one a uid, in a file full of holes. */
const LASTLOG = 292
const LINE = 32

/** As many records as a busy host makes in years, and the lastlog of the first 200,000 uids. */
const MOST = 64 << 20

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
      for (const { type, user, at, host } of bytes === undefined ? [] : utmpRecords(bytes))
        if (type === UTMP_TYPES.user) this.#note(user, { at, from: host })
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
  return seconds === 0 ? undefined : { at: seconds * 1_000, from: fixedText(file, at + 4 + LINE, 256) }
}
