import type { HostFiles } from '../host/host-files.ts'
import type { Owner } from './owner.ts'

/** By apk's list of what is installed (apk-v2): P: a package, F: a directory, R: a file, Z: its digest; undefined where there is none. */
export const apkOwners = (files: HostFiles, wanted: ReadonlySet<string>): Map<string, Owner> | undefined => {
  const lines = ['/lib/apk/db/installed', '/usr/lib/apk/db/installed'].map(path => files.lines(path))
  const [first] = lines.filter(some => some.length > 0)
  if (first === undefined) return undefined
  const found = new Map<string, { package: string; digests: [string, string][] }>()
  let [name, above, file] = ['', '', '']
  for (const line of first) {
    const value = line.slice(2)
    if (line.startsWith('P:')) name = value
    else if (line.startsWith('F:')) above = value
    else if (line.startsWith('R:')) {
      file = `/${above === '' ? '' : `${above}/`}${value}`
      if (wanted.has(file)) found.set(file, { package: name, digests: [] })
    } else if (line.startsWith('Z:Q1'))
      // Q1 is SHA-1 in base64.
      found.get(file)?.digests.push(['sha1', Buffer.from(value.slice(2), 'base64').toString('hex')])
  }
  return found
}
