import type { Home } from '../host/homes.ts'
import type { HostFiles } from '../host/host-files.ts'
import type { Entry, PersistenceKind } from './entry.ts'
import { UnitDirectories, type UnitHere } from './unit-directory.ts'
import { HOME_UNITS, RUNTIME_UNITS, SYSTEM_UNITS, USER_UNITS } from './unit-paths.ts'
import { drawnIn, enabledIn } from './units-enabled.ts'

export const UNIT_KINDS: readonly PersistenceKind[] = ['service', 'timer', 'socket', 'unit', 'dropin']

/** The units of systemd: of the host, of all its users, and of each. Yields undefined every so often: breathe then. */
export function* unitsOf(files: HostFiles, homes: readonly Home[]): Generator<Entry | undefined> {
  const system = new UnitDirectories(files)
  yield* system.read(SYSTEM_UNITS)
  yield* entriesOf(system, enabledIn(system), files)

  const users = new UnitDirectories(files)
  yield* users.read(USER_UNITS)
  const wanted = new Set<string>()
  for (const { paths, user } of ownPaths(files, homes)) {
    const own = new UnitDirectories(files)
    yield* own.read(paths)
    for (const name of own.wanted) wanted.add(name)
    yield* entriesOf(own, enabledIn(own, users.wanted), files, user ?? '')
  }
  yield* entriesOf(users, enabledIn(users, wanted), files)
}

const ownPaths = (
  files: HostFiles,
  homes: readonly Home[]
): { paths: string[]; user: string | undefined }[] => [
  ...homes.map(({ path, user }) => ({ paths: HOME_UNITS.map(unit => `${path}/${unit}`), user })),
  ...files.list('/run/user').map(uid => ({
    paths: RUNTIME_UNITS.map(unit => `/run/user/${uid.toString('latin1')}/${unit}`),
    user: undefined
  }))
]

function* entriesOf(
  directories: UnitDirectories,
  enabled: ReadonlySet<string>,
  files: HostFiles,
  user?: string
): Generator<Entry> {
  const drawn = drawnIn(enabled)
  for (const here of directories.here) {
    const { path, name, addsTo, file, unit, hidden } = here
    // `service.d` adds to every service.
    const on = addsTo === undefined ? enabled.has(name) : !addsTo.includes('.') || drawn.has(addsTo)
    yield {
      kind: kindOfUnit(here),
      path: Buffer.from(path, 'latin1'),
      target: targetOf(files, path),
      commands: unit.commands,
      user: unit.user ?? (user || undefined),
      enabled: on && !hidden,
      ofUser: user !== undefined,
      file
    }
  }
}

const kindOfUnit = ({ name, addsTo }: UnitHere): PersistenceKind => {
  if (addsTo !== undefined) return 'dropin'
  const type = name.slice(name.lastIndexOf('.') + 1)
  return type === 'service' || type === 'timer' || type === 'socket' ? type : 'unit'
}

/** Where a path leads, where that is somewhere else. */
export const targetOf = (files: HostFiles, path: string): Buffer | undefined => {
  const real = files.resolve(path)
  return real === undefined || real.toString('latin1') === path ? undefined : real
}
