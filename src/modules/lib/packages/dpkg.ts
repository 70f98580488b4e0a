import type { Directory } from '../host/directory.ts'
import type { HostFiles } from '../host/host-files.ts'
import type { Package, PackageState } from './package.ts'
import { type Paragraph, paragraphsOf } from './paragraphs.ts'

const HOME = '/var/lib/dpkg'

/** Packages of dpkg(1): its status file with the updates that are not written into it yet, and status.d of images without dpkg. */
export function* dpkgPackages(files: HostFiles): Generator<Package> {
  const updates = files
    .list(`${HOME}/updates`)
    .map(name => name.toString('latin1'))
    .filter(name => /^\d+$/.test(name))
  const info = files.directory(`${HOME}/info`)
  try {
    const statuses = [`${HOME}/status`, ...updates.map(name => `${HOME}/updates/${name}`)]
    const records = updates.length > 0 ? newest(files, statuses) : recordsOf(files, statuses[0]!)
    yield* packagesOf(records, files, info)
  } finally {
    info?.close()
  }
  for (const name of files.list(`${HOME}/status.d`)) {
    const file = name.toString('latin1')
    if (!file.endsWith('.md5sums'))
      yield* packagesOf(recordsOf(files, `${HOME}/status.d/${file}`), files, undefined)
  }
}

const recordsOf = (files: HostFiles, path: string): Iterable<Paragraph> =>
  paragraphsOf(files.read(path)?.toString('latin1') ?? '')

/** Of each package what was written last. */
const newest = (files: HostFiles, paths: readonly string[]): Iterable<Paragraph> => {
  const all = new Map<string, Paragraph>()
  for (const path of paths)
    for (const record of recordsOf(files, path))
      all.set(`${record.get('Package')}:${record.get('Architecture')}`, record)
  return all.values()
}

/** The third word of Status, dpkg-query(1). */
const STATES: Record<string, PackageState> = {
  installed: 'installed',
  'triggers-awaited': 'installed',
  'triggers-pending': 'installed',
  'config-files': 'removed'
}

function* packagesOf(
  records: Iterable<Paragraph>,
  files: HostFiles,
  info: Directory | undefined
): Generator<Package> {
  for (const record of records) {
    const name = record.get('Package')
    const status = record.get('Status')
    const word = status?.slice(status.lastIndexOf(' ') + 1)
    if (name === undefined) files.count.skip('odd-record')
    else if (word !== 'not-installed')
      yield new DpkgPackage(
        record,
        name,
        word === undefined ? 'installed' : (STATES[word] ?? 'unfinished'),
        info
      )
  }
}

/** Says the rest only when it is asked: most packages are none that anybody wants to know about. */
class DpkgPackage implements Package {
  readonly kind = 'dpkg'
  readonly name: string
  readonly state: PackageState
  readonly #record: Paragraph
  readonly #info: Directory | undefined

  constructor(record: Paragraph, name: string, state: PackageState, info: Directory | undefined) {
    this.name = name
    this.state = state
    this.#record = record
    this.#info = info
  }

  get version(): string {
    return this.#record.get('Version') ?? ''
  }

  get arch(): string | undefined {
    return this.#record.get('Architecture')
  }

  get source(): string | undefined {
    // Behind it may stand its version, in brackets.
    const source = this.#record.get('Source')
    const end = source?.indexOf(' ') ?? -1
    return end < 0 ? source : source!.slice(0, end)
  }

  /** dpkg keeps no moment, but writes the list of a package's files when it unpacks it. */
  installed(): number | undefined {
    const isSame = this.#record.get('Multi-Arch') === 'same'
    const file = `${this.name}${isSame ? `:${this.arch}` : ''}.list`
    if (file.includes('/')) return undefined
    try {
      return this.#info?.look(Buffer.from(file, 'latin1')).mtimeMs
    } catch {
      return undefined
    }
  }
}
