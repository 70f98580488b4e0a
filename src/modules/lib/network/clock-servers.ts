import type { HostFiles } from '../host/host-files.ts'

/** A server that a host trusts for the time, and whose word that is. */
export interface ClockServer {
  readonly host: string
  readonly port: number
  readonly from: 'question' | 'chrony' | 'ntp' | 'timesyncd'
}

const NTP_PORT = 123
/** More are a list that nobody wrote by hand. */
const MOST = 8
const LINES = 10_000

/** The servers that a host's own configuration names, each once. */
export const clockServers = (files: HostFiles): ClockServer[] => {
  const found = [...chrony(files), ...ntpd(files), ...timesyncd(files)]
  const seen = new Set<string>()
  return found
    .filter(({ host }) => HOST.test(host) && !host.startsWith('127.127.'))
    .filter(({ host }) => !seen.has(host) && seen.add(host))
    .slice(0, MOST)
}

/** A name or an address, as far as a file of configuration says one; what it is, the resolver judges. */
const HOST = /^[A-Za-z0-9][A-Za-z0-9.:_-]{0,252}$/

const inDirectory = (files: HostFiles, directory: string, ending: string): string[] =>
  files
    .list(directory)
    .map(name => name.toString('latin1'))
    .filter(name => name.endsWith(ending))
    .map(name => `${directory}/${name}`)

/** `server NAME …`, `pool NAME …`, `peer NAME …`. */
const named = (files: HostFiles, paths: readonly string[], from: 'chrony' | 'ntp'): ClockServer[] =>
  paths.flatMap(path =>
    files
      .lines(path)
      .slice(0, LINES)
      .flatMap(line => {
        const [word, ...rest] = line
          .trim()
          .slice(0, 1_000)
          .split(/[ \t]+/)
        const host = rest.find(one => !/^-[46]$/.test(one))
        if (host === undefined || !/^(server|pool|peer)$/i.test(word!)) return []
        const port =
          from === 'chrony' ? Number(/(?:^| )port (\d{1,5})(?: |$)/.exec(rest.join(' '))?.[1]) : Number.NaN
        return [{ host, port: port >= 1 && port <= 65_535 ? port : NTP_PORT, from }]
      })
  )

const chrony = (files: HostFiles): ClockServer[] =>
  named(
    files,
    [
      '/etc/chrony.conf',
      '/etc/chrony/chrony.conf',
      ...inDirectory(files, '/etc/chrony.d', '.conf'),
      ...inDirectory(files, '/etc/chrony/conf.d', '.conf'),
      ...inDirectory(files, '/etc/chrony/sources.d', '.sources'),
      ...inDirectory(files, '/run/chrony-dhcp', '.sources')
    ],
    'chrony'
  )

const ntpd = (files: HostFiles): ClockServer[] =>
  named(files, ['/etc/ntp.conf', '/etc/ntpsec/ntp.conf'], 'ntp')

/** `NTP=A B`, or else `FallbackNTP=`; a later file adds, and an empty value takes back what was said before. */
const timesyncd = (files: HostFiles): ClockServer[] => {
  const paths = [
    '/etc/systemd/timesyncd.conf',
    ...inDirectory(files, '/etc/systemd/timesyncd.conf.d', '.conf'),
    ...inDirectory(files, '/run/systemd/timesyncd.conf.d', '.conf')
  ]
  const said = { NTP: [] as string[], FallbackNTP: [] as string[] }
  for (const path of paths)
    for (const line of files.lines(path).slice(0, LINES)) {
      const match = /^(NTP|FallbackNTP)=([^\r]*)\r?$/.exec(line.trim().slice(0, 4_000))
      if (match === null) continue
      const key = match[1] as keyof typeof said
      const value = match[2]!.trim()
      said[key] = value === '' ? [] : [...said[key], ...value.split(/[ \t]+/)]
    }
  const hosts = said.NTP.length > 0 ? said.NTP : said.FallbackNTP
  return hosts.map(host => ({ host, port: NTP_PORT, from: 'timesyncd' }))
}
