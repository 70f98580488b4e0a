import type { HostFiles } from '../host/host-files.ts'
import type { Owner } from './owner.ts'

const LOCAL = '/var/lib/pacman/local'

/** By pacman's lists of files; undefined where the host has none. Its digests are in archives that we don't read. */
export const pacmanOwners = (
  files: HostFiles,
  wanted: ReadonlySet<string>
): Map<string, Owner> | undefined => {
  const packages = files.list(LOCAL).map(name => name.toString('latin1'))
  if (packages.length === 0) return undefined
  const found = new Map<string, Owner>()
  for (const name of packages) {
    if (name === 'ALPM_DB_VERSION') continue
    for (const line of files.lines(`${LOCAL}/${name}/files`))
      if (wanted.has(`/${line}`))
        found.set(`/${line}`, { package: name.replace(/(-[^-]*){2}$/, ''), digests: [] })
  }
  return found
}
