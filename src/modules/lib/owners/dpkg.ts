import type { HostFiles } from '../host/host-files.ts'
import type { Owner } from './owner.ts'

const HOME = '/var/lib/dpkg'
const INFO = `${HOME}/info`

interface Known {
  package: string
  digests: [string, string][]
}

/** By dpkg's own lists (deb-md5sums(5)); undefined where the host has no dpkg. */
export const dpkgOwners = (files: HostFiles, wanted: ReadonlySet<string>): Map<string, Owner> | undefined => {
  const names = files.list(INFO).map(name => name.toString('latin1'))
  const single = files.list(`${HOME}/status.d`).map(name => name.toString('latin1'))
  if (names.length === 0 && single.length === 0) return undefined
  const found = new Map<string, Known>()
  const packages = new Set<string>()
  const own = (path: string, name: string): Known => {
    const known = found.get(path) ?? { package: name, digests: [] }
    found.set(path, known)
    packages.add(name)
    return known
  }
  const linesWanted = sieveOf(wanted)
  for (const name of names.filter(name => name.endsWith('.list')))
    for (const line of linesWanted(files.read(`${INFO}/${name}`))) own(line, packageOf(name))
  const sums = (path: string, name: string): void => {
    for (const [file, md5] of md5sums(files.lines(path)))
      if (wanted.has(file)) own(file, name).digests.push(['md5', md5])
  }
  for (const name of names)
    if (name.endsWith('.md5sums') && packages.has(packageOf(name))) sums(`${INFO}/${name}`, packageOf(name))
  for (const name of single) if (name.endsWith('.md5sums')) sums(`${HOME}/status.d/${name}`, packageOf(name))
  for (const [file, md5] of conffiles(files.lines(`${HOME}/status`)))
    found.get(file)?.digests.push(['md5', md5])
  return found
}

const LINE_FEED = 0x0a

/** Of hundreds of thousands of paths few are asked for: a look at three bytes of each is cheaper than to make a text of it. */
const sieveOf = (wanted: ReadonlySet<string>): ((list: Buffer | undefined) => string[]) => {
  const seen = new Uint8Array(1 << 16)
  const placeOf = (bytes: Uint8Array, from: number, to: number): number => {
    const middle = bytes[(from + to) >> 1]!
    return ((to - from) * 257 + bytes[to - 1]! * 31 + middle * 7 + bytes[Math.max(from, to - 4)]!) & 0xffff
  }
  for (const path of wanted) seen[placeOf(Buffer.from(path, 'latin1'), 0, path.length)] = 1
  return list => {
    const bytes = list ?? Buffer.alloc(0)
    const found: string[] = []
    for (let from = 0, to = 0; from < bytes.length; from = to + 1) {
      to = bytes.indexOf(LINE_FEED, from)
      if (to < 0) to = bytes.length
      if (to === from || seen[placeOf(bytes, from, to)] === 0) continue
      const line = bytes.toString('latin1', from, to)
      if (wanted.has(line)) found.push(line)
    }
    return found
  }
}

/** `libc6:amd64.list` → `libc6`. */
const packageOf = (name: string): string => name.slice(0, name.lastIndexOf('.')).replace(/:[a-z0-9-]+$/, '')

function* md5sums(lines: readonly string[]): Generator<[file: string, md5: string]> {
  for (const line of lines) {
    const [md5, path] = [line.slice(0, 32), line.slice(34)]
    if (/^[0-9a-f]{32}$/.test(md5) && path !== '') yield [`/${path.replace(/^(\.?\/)+/, '')}`, md5]
  }
}

/** Lines of `Conffiles:` in the status of packages: what an admin may change, and its digest as it came. */
function* conffiles(lines: readonly string[]): Generator<[file: string, md5: string]> {
  let inside = false
  for (const line of lines) {
    if (!line.startsWith(' ')) {
      inside = line.startsWith('Conffiles:')
      continue
    }
    if (!inside) continue
    const words = line.slice(1).replace(/( obsolete| remove-on-upgrade)+$/, '')
    const at = words.lastIndexOf(' ')
    const md5 = words.slice(at + 1)
    if (at > 0 && /^[0-9a-f]{32}$/.test(md5)) yield [words.slice(0, at), md5]
  }
}
