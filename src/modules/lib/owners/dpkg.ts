import type { HostFiles } from '../host/host-files.ts'
import type { Owner } from './owner.ts'
import { eachLine, PathSieve } from './path-sieve.ts'

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
  const sieve = new PathSieve(wanted)
  const listed = (path: string, name: string): void => {
    files.glance(path, list =>
      eachLine(list, (from, to) => {
        const file = list[from] === SLASH ? sieve.wanted(list, from + 1, to) : undefined
        if (file !== undefined) own(file, name)
      })
    )
  }
  const summed = (path: string, name: string): void => {
    files.glance(path, list =>
      eachLine(list, (from, to) => {
        const file = sieve.wanted(list, bareFrom(list, from + MD5 + 2, to), to)
        if (file === undefined) return
        const md5 = list.toString('latin1', from, from + MD5)
        if (IS_MD5.test(md5)) own(file, name).digests.push(['md5', md5])
      })
    )
  }
  for (const name of names) if (name.endsWith('.list')) listed(`${INFO}/${name}`, packageOf(name))
  for (const name of names)
    if (name.endsWith('.md5sums') && packages.has(packageOf(name))) summed(`${INFO}/${name}`, packageOf(name))
  for (const name of single)
    if (name.endsWith('.md5sums')) summed(`${HOME}/status.d/${name}`, packageOf(name))
  files.glance(`${HOME}/status`, status => {
    for (const [file, md5] of conffiles(status)) found.get(file)?.digests.push(['md5', md5])
  })
  return found
}

const SLASH = 0x2f
const DOT = 0x2e
/** Hex digits of a digest; two spaces stand behind it. */
const MD5 = 32
const IS_MD5 = /^[0-9a-f]{32}$/

/** Some write `./usr/bin/x` or `/usr/bin/x` for `usr/bin/x`. */
const bareFrom = (list: Buffer, from: number, to: number): number => {
  let at = from
  while (at < to && (list[at] === SLASH || (list[at] === DOT && list[at + 1] === SLASH))) at++
  return at
}

/** `libc6:amd64.list` → `libc6`. */
const packageOf = (name: string): string => name.slice(0, name.lastIndexOf('.')).replace(/:[a-z0-9-]+$/, '')

const CONFFILES = Buffer.from('\nConffiles:')
const LINE_FEED = 0x0a
const SPACE = 0x20

/** Lines of `Conffiles:` in the status of packages: what an admin may change, and its digest as it came. */
function* conffiles(status: Buffer): Generator<[file: string, md5: string]> {
  for (let field = status.indexOf(CONFFILES); field >= 0; field = status.indexOf(CONFFILES, field + 1)) {
    let from = status.indexOf(LINE_FEED, field + CONFFILES.length) + 1
    while (from > 0 && status[from] === SPACE) {
      const next = status.indexOf(LINE_FEED, from)
      const line = status.toString('latin1', from + 1, next < 0 ? status.length : next)
      const words = line.replace(/( obsolete| remove-on-upgrade)+$/, '')
      const at = words.lastIndexOf(' ')
      const md5 = words.slice(at + 1)
      if (at > 0 && IS_MD5.test(md5)) yield [words.slice(0, at), md5]
      from = next + 1
    }
  }
}
