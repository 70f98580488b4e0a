import type { Directory } from '../directory.ts'
import type { HostFiles } from '../host-files.ts'
import type { Package, PackageState } from './package.ts'
import { paragraphsOf } from './paragraphs.ts'

const HOME = '/var/lib/dpkg'
const FIELDS = ['Package', 'Version', 'Architecture', 'Source', 'Status', 'Multi-Arch'] as const
type Fields = ReadonlyMap<string, string>

/** Packages of dpkg(1): its status file with the updates that are not written into it yet, and status.d of images without dpkg. */
export function* dpkgPackages(files: HostFiles): Generator<Package> {
  const updates = files
    .list(`${HOME}/updates`)
    .map(name => name.toString('latin1'))
    .filter(name => /^\d+$/.test(name))
  const info = files.directory(`${HOME}/info`)
  try {
    const statuses = [`${HOME}/status`, ...updates.map(name => `${HOME}/updates/${name}`)]
    for (const fields of updates.length > 0 ? newest(files, statuses) : recordsOf(files, statuses[0]!)) {
      const one = packageOf(fields, files, info)
      if (one !== undefined) yield one
    }
  } finally {
    info?.close()
  }
  for (const name of files.list(`${HOME}/status.d`)) {
    const file = name.toString('latin1')
    if (file.endsWith('.md5sums')) continue
    for (const fields of recordsOf(files, `${HOME}/status.d/${file}`)) {
      const one = packageOf(fields, files, undefined)
      if (one !== undefined) yield one
    }
  }
}

const recordsOf = (files: HostFiles, path: string): Iterable<Fields> =>
  paragraphsOf(files.read(path)?.toString('latin1') ?? '', FIELDS)

/** Of each package what was written last. */
const newest = (files: HostFiles, paths: readonly string[]): Iterable<Fields> => {
  const all = new Map<string, Fields>()
  for (const path of paths)
    for (const fields of recordsOf(files, path))
      all.set(`${fields.get('Package')}:${fields.get('Architecture')}`, fields)
  return all.values()
}

/** The third word of Status, dpkg-query(1). */
const STATES: Record<string, PackageState> = {
  installed: 'installed',
  'triggers-awaited': 'installed',
  'triggers-pending': 'installed',
  'config-files': 'removed'
}

const packageOf = (fields: Fields, files: HostFiles, info: Directory | undefined): Package | undefined => {
  const name = fields.get('Package')
  const status = fields.get('Status')
  const word = status?.slice(status.lastIndexOf(' ') + 1)
  if (word === 'not-installed') return undefined
  if (name === undefined) {
    files.count.skip('odd-record')
    return undefined
  }
  const arch = fields.get('Architecture')
  const isSame = fields.get('Multi-Arch') === 'same'
  return {
    kind: 'dpkg',
    name,
    version: fields.get('Version') ?? '',
    state: word === undefined ? 'installed' : (STATES[word] ?? 'unfinished'),
    arch,
    source: fields.get('Source')?.replace(/ *\([^)]*\)$/, ''),
    ...(info && { installed: () => timeOf(info, isSame ? `${name}:${arch}` : name) })
  }
}

/** dpkg keeps no moment, but writes the list of a package's files when it unpacks it. */
const timeOf = (info: Directory, name: string): number | undefined => {
  if (name.includes('/')) return undefined
  try {
    return info.look(Buffer.from(`${name}.list`, 'latin1')).mtimeMs
  } catch {
    return undefined
  }
}
