import type { Directory } from './directory.ts'
import type { Boundary, FileSystemKind } from './filesystems.ts'
import { joined, resolveIn } from './root.ts'

/** What one search wants of a walk. */
export interface Scope {
  /** Absolute paths, as typed: links in them are resolved inside the root. */
  readonly paths: readonly Buffer[]
  /** 1 is the directory of the path itself; undefined: as deep as the house allows. */
  readonly maxDepth?: number
  /** Links to files are looked at too. */
  readonly follow?: boolean
  readonly excludes?: (path: Buffer) => boolean
}

/** A scope that holds where the walk stands; depth 1 is the directory of its path itself. */
export interface Active {
  readonly scope: number
  readonly depth: number
}

/** A place where a walk begins, for some scopes. */
export interface Start {
  readonly parts: readonly Buffer[]
  readonly scopes: number[]
  done: boolean
}

/** A path leads to a file system that must not be touched. */
export class Refused extends Error {
  readonly kind: FileSystemKind

  constructor(kind: FileSystemKind) {
    super(`It lies on a ${kind} file system.`)
    this.kind = kind
  }
}

/** Where a path leads inside the root, by components. Throws `Refused` before anything that must not be touched, and what the system throws. */
export const locate = (root: string, path: Buffer, boundary: Boundary): Buffer[] =>
  resolveIn(root, path, here => {
    const kind = boundary.refusedAt(here)
    if (kind !== undefined) throw new Refused(kind)
  })

/** All starts of a walk, each once, whichever paths lead to it. */
export class Starts {
  readonly #all = new Map<string, Start>()
  /** The same by the directory that holds them, then by name, in latin1. */
  readonly #in = new Map<string, Map<string, Start>>()

  add(parts: readonly Buffer[], scope: number): void {
    const key = joined(parts).toString('latin1')
    const start = this.#all.get(key) ?? { parts, scopes: [], done: false }
    if (!start.scopes.includes(scope)) start.scopes.push(scope)
    this.#all.set(key, start)
    const name = parts.at(-1)
    if (name === undefined) return
    const above = joined(parts.slice(0, -1)).toString('latin1')
    const here = this.#in.get(above) ?? new Map<string, Start>()
    here.set(name.toString('latin1'), start)
    this.#in.set(above, here)
  }

  /** Outer ones first: their walk takes the inner ones along. */
  ordered(): Start[] {
    return [...this.#all.values()].sort((a, b) => a.parts.length - b.parts.length)
  }

  /** Those that lie directly in a directory, by name. */
  in(directory: Directory): ReadonlyMap<string, Start> | undefined {
    return this.#in.get(directory.path.toString('latin1'))
  }
}

/** The scopes of a directory together with those that start at one entry of it. */
export const withStart = (active: readonly Active[], start: Start | undefined): readonly Active[] => {
  if (start === undefined) return active
  // Depth 0: the entry itself is the start, which makes its own directory depth 1.
  return [
    ...active.filter(({ scope }) => !start.scopes.includes(scope)),
    ...start.scopes.map(scope => ({ scope, depth: 0 }))
  ]
}
