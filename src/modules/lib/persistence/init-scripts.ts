import { kindOf } from '../host/file-calls.ts'
import { type HostFiles, TEXT_MOST } from '../host/host-files.ts'
import type { Entry } from './entry.ts'
import { targetOf } from './units-of-host.ts'

/** Scripts of /etc/init.d, started where a runlevel has a link to them: rc2.d to rc5.d and rcS.d, or OpenRC's runlevels. */
export function* initScripts(files: HostFiles, scripts: boolean): Generator<Entry> {
  const started = linked(files)
  const known = new Set<string>()
  for (const above of ['/etc/init.d', '/etc/rc.d/init.d']) {
    const real = files.resolve(above)?.toString('latin1')
    if (real === undefined || known.has(real)) continue
    known.add(real)
    for (const bytes of files.list(above)) {
      const name = bytes.toString('latin1')
      const path = `${above}/${name}`
      const entry = scriptAt(files, path, { enabled: started.has(name), scripts })
      if (entry !== undefined) yield entry
    }
  }
  yield* loose(files, scripts)
}

const LEVELS = ['S', '1', '2', '3', '4', '5'].flatMap(level => [
  `/etc/rc${level}.d`,
  `/etc/rc.d/rc${level}.d`
])
const RUNLEVELS = '/etc/runlevels'

const linked = (files: HostFiles): Set<string> => {
  const names = new Set<string>()
  for (const level of LEVELS)
    for (const name of files.list(level).map(String)) if (/^S\d\d./.test(name)) names.add(name.slice(3))
  for (const level of files.list(RUNLEVELS))
    for (const name of files.list(`${RUNLEVELS}/${level.toString('latin1')}`))
      names.add(name.toString('latin1'))
  return names
}

/** A runlevel may hold a script of its own. */
function* loose(files: HostFiles, scripts: boolean): Generator<Entry> {
  for (const level of LEVELS)
    for (const name of files.list(level)) {
      const path = `${level}/${name.toString('latin1')}`
      if (name[0] !== 0x53 || files.linkOf(level, name) !== undefined) continue
      const entry = scriptAt(files, path, { enabled: true, scripts })
      if (entry !== undefined) yield entry
    }
}

const scriptAt = (
  files: HostFiles,
  path: string,
  { enabled, scripts }: { enabled: boolean; scripts: boolean }
): Entry | undefined => {
  const status = files.look(path)
  if (status === undefined || kindOf(status) !== 'file') return undefined
  const examined = files.examine(path, scripts ? TEXT_MOST : 0)
  if (examined === undefined) return undefined
  const { text, ...file } = examined
  return {
    kind: 'init',
    path: Buffer.from(path, 'latin1'),
    target: targetOf(files, path),
    commands: [],
    enabled: enabled && (status.mode & 0o111) !== 0,
    ofUser: false,
    file,
    script: scripts ? text : undefined
  }
}
