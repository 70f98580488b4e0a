import { GumshoeError } from '../../../errors.ts'
import type { HostFiles } from '../host/host-files.ts'
import type { Package } from './package.ts'
import { msOf } from './pacman.ts'
import { bdbValues } from './rpm-bdb.ts'
import { headerOf } from './rpm-header.ts'
import { ndbValues } from './rpm-ndb.ts'
import { sqliteBlobs } from './rpm-sqlite.ts'

const HOMES = ['/var/lib/rpm', '/usr/lib/sysimage/rpm', '/usr/share/rpm'] as const

/** What fits into the memory of a run beside the program: some thousand packages with the lists of their files. */
const MOST = 320 << 20

/** The forms of a database, the newest first: where there are several, the others were left behind. */
const FORMS: readonly [file: string, values: (bytes: Buffer) => Iterable<Uint8Array>][] = [
  ['rpmdb.sqlite', sqliteBlobs],
  ['Packages.db', ndbValues],
  ['Packages', bdbValues]
]

/** Packages of rpm(8), whatever its database is: SQLite, ndb, or Berkeley DB. */
export function* rpmPackages(files: HostFiles): Generator<Package> {
  for (const blob of rpmBlobs(files)) {
    const one = packageOf(blob)
    if (one === undefined) files.count.skip('odd-record')
    else yield one
  }
}

/** The header of each package as it lies in the database, good until the next one. */
export function* rpmBlobs(files: HostFiles): Generator<Uint8Array> {
  for (const home of files.each(HOMES)) {
    const forms = FORMS.filter(([file]) => (files.look(`${home}/${file}`)?.size ?? 0) > 0)
    const [form] = forms
    if (form === undefined) continue
    if (forms.length > 1) files.count.note('older-database')
    yield* blobsOf(files, `${home}/${form[0]}`, form[1])
  }
}

function* blobsOf(
  files: HostFiles,
  path: string,
  values: (bytes: Buffer) => Iterable<Uint8Array>
): Generator<Uint8Array> {
  const bytes = files.read(path, MOST)
  if (bytes === undefined) return
  // What SQLite has written and not put in its place yet.
  if ((files.look(`${path}-wal`)?.size ?? 0) > 0) files.count.skip('newer-in-log')
  try {
    yield* values(bytes)
  } catch (error) {
    files.count.missed(new GumshoeError('unreadable', 'It is no sound database.', { cause: error }))
  }
}

const packageOf = (blob: Uint8Array): Package | undefined => {
  const header = headerOf(blob)
  if (header === undefined) return undefined
  const { name, version, release, epoch, arch, sourceRpm, installTime } = header
  const release_ = release === undefined ? '' : `-${release}`
  return {
    kind: 'rpm',
    name,
    version: `${epoch === undefined ? '' : `${epoch}:`}${version ?? ''}${release_}`,
    state: 'installed',
    arch,
    source: sourceRpm?.replace(/-[^-]*-[^-]*\.(?:src|nosrc)\.rpm$/, ''),
    installed: () => (installTime === undefined ? undefined : msOf(installTime))
  }
}
