import type { HostFiles } from '../host/host-files.ts'
import { apkOwners } from './apk.ts'
import { dpkgOwners } from './dpkg.ts'
import type { Owner } from './owner.ts'
import { pacmanOwners } from './pacman.ts'
import { rpmOwners } from './rpm.ts'

/** Whose some files are. Paths are latin1, as the host knows them. */
export interface Owners {
  of(path: string): Owner | undefined
}

/**
 * Who owns these files, by whichever databases the host has; undefined where it has none that can be read, so that nobody
 * knows. Names of directories that are links to each other (/lib and /usr/lib) are taken for one.
 */
export const ownersOf = (
  files: HostFiles,
  paths: Iterable<string>,
  /** The question is about owners: then it is not seen whole where one stays unknown. */
  asked: boolean
): Owners | undefined => {
  const wanted = new Set<string>()
  for (const path of paths) for (const name of namesOf(path)) wanted.add(name)
  const before = files.count.unreadable + files.count.skipped
  const all = [dpkgOwners, rpmOwners, apkOwners, pacmanOwners].flatMap(read => read(files, wanted) ?? [])
  if (all.length === 0 || files.count.unreadable + files.count.skipped > before) {
    if (asked) files.count.skip('owner-unknown')
    else files.count.note('owner-unknown')
    if (all.length === 0) return undefined
  }
  return {
    of: path => {
      for (const owners of all)
        for (const name of namesOf(path)) {
          const owner = owners.get(name)
          if (owner !== undefined) return owner
        }
      return undefined
    }
  }
}

const MERGED = /^\/(bin|sbin|lib|lib32|lib64|libx32)\//

/** The names that a database may have for one file, since /lib became a link to /usr/lib. */
const namesOf = (path: string): string[] => {
  if (MERGED.test(path)) return [path, `/usr${path}`]
  const bare = path.startsWith('/usr/') ? path.slice(4) : ''
  return MERGED.test(bare) ? [path, bare] : [path]
}
