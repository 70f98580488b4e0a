import { kindOf } from '../host/file-calls.ts'
import type { Home } from '../host/homes.ts'
import type { HostFiles } from '../host/host-files.ts'
import type { Place } from './places.ts'

/** A file that lies at a place. */
export interface Placed {
  readonly path: string
  readonly name: string
  /** Another of its name in an earlier directory takes its place. */
  readonly hidden: boolean
  readonly home: Home | undefined
}

/** What lies at a place: regular files, and links that lead to one. Directories that are one by a link count once. */
export function* filesAt(place: Place, files: HostFiles, homes: readonly Home[]): Generator<Placed> {
  const names = new Set<string>()
  const known = new Set<string>()
  for (const path of place.paths)
    if (path.startsWith('~/'))
      for (const home of homes)
        yield* at(place, files, `${home.path}${path.slice(1)}`, { names, known, home })
    else
      for (const one of spread(files, path)) yield* at(place, files, one, { names, known, home: undefined })
}

interface Known {
  readonly names: Set<string>
  readonly known: Set<string>
  readonly home: Home | undefined
}

function* at(place: Place, files: HostFiles, path: string, { names, known, home }: Known): Generator<Placed> {
  const isDirectory = path.endsWith('/')
  const directory = isDirectory ? path.slice(0, -1) : path
  const real = files.resolve(directory)?.toString('latin1')
  if (real === undefined || known.has(real)) return
  known.add(real)
  if (!isDirectory) {
    yield* one(place, files, path, { names, known, home })
    return
  }
  for (const name of files.list(directory).map(name => name.toString('latin1')))
    if (place.names?.test(name) !== false)
      yield* one(place, files, `${directory}/${name}`, { names, known, home })
}

function* one(place: Place, files: HostFiles, path: string, { names, home }: Known): Generator<Placed> {
  const status = files.look(path)
  if (status === undefined || kindOf(status) !== 'file') return
  const name = path.slice(path.lastIndexOf('/') + 1)
  yield { path, name, hidden: place.first === true && names.has(name), home }
  names.add(name)
}

/** The paths that one with a `*` stands for; what is not there is left out. */
const spread = (files: HostFiles, path: string): string[] => {
  const star = path.indexOf('/*/')
  if (star < 0) return [path]
  const above = path.slice(0, star)
  return files.list(above).map(name => `${above}/${name.toString('latin1')}${path.slice(star + 2)}`)
}
