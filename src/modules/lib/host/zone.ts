import type { HostFiles } from './host-files.ts'

/** The local time of a host, by its own files: what its logs without an offset are written in. */
export interface Zone {
  /** A local time to ms since 1970; where a clock was put back, the earlier of the two. */
  utc(year: number, month: number, day: number, hour: number, minute: number, second: number): number
  /** False where the host does not say which zone it is in, and UTC was taken. */
  readonly known: boolean
}

const UTC: Zone = { utc: (year, month, ...rest) => Date.UTC(year, month - 1, ...rest), known: true }

const LOCALTIME = '/etc/localtime'
const ZONEINFO = /\/zoneinfo\/(?:posix\/|right\/)?([A-Za-z0-9_+/-]{1,64})$/
/** A compiled zone is a few kB. */
const MOST = 64 << 10

/** By the link /etc/localtime, by /etc/timezone, or by the last line of a compiled zone (tzfile(5)). */
export const zoneOf = (files: HostFiles): Zone => {
  const link = files.linkAt(LOCALTIME)?.toString('latin1')
  const name = link && ZONEINFO.exec(link)?.[1]
  const named = name && zoneNamed(name)
  if (named) return named
  const written = files.readFirst('/etc/timezone', MOST)?.toString('latin1').trim()
  const byName = written && zoneNamed(written)
  if (byName) return byName
  const compiled = files.readFirst(LOCALTIME, MOST)?.toString('latin1')
  // systemd: where there is no such file, the host is in UTC.
  if (compiled === undefined) return link === undefined ? UTC : { ...UTC, known: false }
  return fixed(compiled.trimEnd().split('\n').at(-1) ?? '') ?? { ...UTC, known: false }
}

const QUARTER = 900_000

/** A zone of the time-zone database, by its name; undefined where there is none. */
export const zoneNamed = (name: string): Zone | undefined => {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return undefined
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric'
    })
  } catch {
    return undefined
  }
  const offsets = new Map<number, number>()
  /** What local clocks are ahead of UTC at a moment; no zone changes within a quarter of an hour. */
  const offsetAt = (moment: number): number => {
    const quarter = Math.floor(moment / QUARTER)
    let offset = offsets.get(quarter)
    if (offset === undefined) {
      offset = localAt(format, quarter * QUARTER) - quarter * QUARTER
      if (offsets.size > 10_000) offsets.clear()
      offsets.set(quarter, offset)
    }
    return offset
  }
  return {
    known: true,
    utc: (...local) => {
      const shown = UTC.utc(...local)
      if (!Number.isFinite(shown)) return shown
      // The offset of either side of a change; the one that gives the same time back holds.
      const [before, after] = [offsetAt(shown - 86_400_000), offsetAt(shown + 86_400_000)]
      const early = shown - Math.max(before, after)
      return early + offsetAt(early) === shown ? early : shown - Math.min(before, after)
    }
  }
}

const localAt = (format: Intl.DateTimeFormat, moment: number): number => {
  const parts = new Map(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]))
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
}

/** A zone without summer time as POSIX writes it: `UTC0`, `<+03>-3`, `IST-5:30`. */
const fixed = (posix: string): Zone | undefined => {
  const match = /^(?:[A-Za-z]{3,}|<[+\-\w]+>)([+-]?)(\d{1,2})(?::(\d\d))?$/.exec(posix)
  if (match === null) return undefined
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0)
  const ahead = (match[1] === '-' ? minutes : -minutes) * 60_000
  return { known: true, utc: (...local) => UTC.utc(...local) - ahead }
}
