import { type Home, homesOf } from '../host/homes.ts'
import { type HostFiles, TEXT_MOST } from '../host/host-files.ts'
import type { Entry, PersistenceKind } from './entry.ts'
import { initScripts } from './init-scripts.ts'
import { loaderIncludes } from './loader-includes.ts'
import { filesAt, type Placed } from './place-files.ts'
import { PLACES, type Place } from './places.ts'
import { targetOf, UNIT_KINDS, unitsOf } from './units-of-host.ts'

/** Everything of some kinds that starts by itself, with the texts of `scripts` or without. Yields undefined every so often: breathe then. */
export function* persistenceOf(
  files: HostFiles,
  wants: (kind: PersistenceKind) => boolean,
  scripts: boolean
): Generator<Entry | undefined> {
  const homes = homesOf(files)
  if (UNIT_KINDS.some(wants))
    for (const entry of unitsOf(files, homes)) yield entry && wants(entry.kind) ? entry : undefined
  for (const place of PLACES) if (wants(place.kind)) yield* entriesAt(place, files, { homes, scripts })
  if (wants('init')) yield* initScripts(files, scripts)
  if (wants('loader')) yield* entriesAt(loaderIncludes(files), files, { homes, scripts })
}

interface Surroundings {
  readonly homes: readonly Home[]
  readonly scripts: boolean
}

function* entriesAt(
  place: Place,
  files: HostFiles,
  { homes, scripts }: Surroundings
): Generator<Entry | undefined> {
  const debian = place.takes !== undefined && files.look('/etc/debian_version') !== undefined
  for (const placed of filesAt(place, files, homes)) {
    yield* entriesOf(place, placed, files, { debian, scripts })
    yield undefined
  }
}

function* entriesOf(
  place: Place,
  placed: Placed,
  files: HostFiles,
  { debian, scripts }: { debian: boolean; scripts: boolean }
): Generator<Entry> {
  const { path, name, home, hidden } = placed
  const examined = files.examine(path, place.read === undefined && !scripts ? 0 : TEXT_MOST)
  if (examined === undefined) return
  const { text, ...file } = examined
  const taken = !hidden && takes(place, name, file.status.mode, debian)
  const about = {
    kind: place.kind,
    path: Buffer.from(path, 'latin1'),
    target: targetOf(files, path),
    ofUser: home !== undefined,
    file
  }
  if (place.read === undefined) {
    yield { ...about, commands: [], user: home?.user, enabled: taken, script: scripts ? text : undefined }
    return
  }
  if (file.status.size > text.length) files.count.skip('too-large')
  for (const { commands, user, line, enabled = true } of place.read(text, name))
    yield { ...about, commands, user: user ?? home?.user, line, enabled: enabled && taken }
}

/** What packages and editors leave beside the files that count. */
const LEFT =
  /(^\.|^#|~$|,$|\.(rpmsave|rpmorig|rpmnew|swp|cfsaved|dpkg-[a-z]+|ucf-[a-z]+|pacnew|pacsave|bak|disabled)$)/

/** Whether the host takes a file at such a place: run-parts(8), cron(8). */
const takes = ({ takes: how }: Place, name: string, mode: number, debian: boolean): boolean => {
  if (how === undefined) return true
  if (how !== 'cron' && (mode & 0o111) === 0) return false
  if (how === 'executable') return !LEFT.test(name)
  return debian ? /^[A-Za-z0-9_-]+$/.test(name) : !LEFT.test(name)
}
