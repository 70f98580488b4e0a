import type { HostFiles } from '../host/host-files.ts'
import type { Package } from './package.ts'

const HOME = '/var/lib/pacman/local'
/** Of the file of one package: its lists of licences and dependencies are short. */
const MOST = 1 << 20

/** Packages of pacman(8): a directory each, whose file `desc` has a name in percent signs above each value. */
export function* pacmanPackages(files: HostFiles): Generator<Package> {
  for (const name of files.list(HOME)) {
    const text = files.read(Buffer.concat([Buffer.from(`${HOME}/`), name, Buffer.from('/desc')]), MOST)
    if (text === undefined) continue
    const fields = fieldsOf(text.toString('latin1'))
    const of = fields.get('NAME')
    const seconds = Number(fields.get('INSTALLDATE'))
    if (of === undefined) files.count.skip('odd-record')
    else
      yield {
        kind: 'pacman',
        name: of,
        version: fields.get('VERSION') ?? '',
        state: 'installed',
        arch: fields.get('ARCH'),
        source: fields.get('BASE'),
        installed: () => msOf(seconds)
      }
  }
}

const fieldsOf = (text: string): Map<string, string> => {
  const fields = new Map<string, string>()
  const lines = text.split('\n')
  for (const [i, line] of lines.entries())
    if (line.length > 2 && line.startsWith('%') && line.endsWith('%'))
      fields.set(line.slice(1, -1), lines[i + 1] ?? '')
  return fields
}

/** Seconds of a record → ms; undefined for what is no moment. */
export const msOf = (seconds: number): number | undefined =>
  Number.isSafeInteger(seconds) && seconds > 0 && seconds < 1e11 ? seconds * 1_000 : undefined
