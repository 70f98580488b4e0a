import type { Active, Scope } from './starts.ts'

/** Which scopes of a walk want what it comes to. */
export class Wanted {
  readonly #scopes: readonly Scope[]
  readonly #closed = new Set<number>()
  /** Numbers of the scopes where none has to be asked about a path: all files of a directory have the same. */
  #plain = new WeakMap<readonly Active[], readonly number[] | 'ask'>()

  constructor(scopes: readonly Scope[]) {
    this.#scopes = scopes
  }

  /** A scope that wants no more. */
  close(scope: number): void {
    this.#closed.add(scope)
    this.#plain = new WeakMap()
  }

  get none(): boolean {
    return this.#closed.size === this.#scopes.length
  }

  /** Those that want what lies at a path. */
  at(active: readonly Active[], path: Buffer): Active[] {
    return active.filter(
      ({ scope }) => !this.#closed.has(scope) && this.#scopes[scope]!.excludes?.(path) !== true
    )
  }

  /** The same for a file, by number; its path is asked for only where it decides. */
  ofFile(active: readonly Active[], path: () => Buffer): readonly number[] {
    let plain = this.#plain.get(active)
    if (plain === undefined) {
      plain = active.some(({ scope }) => this.#closed.has(scope) || this.#scopes[scope]!.excludes)
        ? 'ask'
        : numbersOf(active)
      this.#plain.set(active, plain)
    }
    return plain === 'ask' ? numbersOf(this.at(active, path())) : plain
  }

  /** Those that want what a link at a path leads to. */
  throughLink(active: readonly Active[], path: Buffer): readonly number[] {
    return numbersOf(this.at(active, path).filter(({ scope }) => this.#scopes[scope]!.follow))
  }

  /** Those that want what lies in a directory at a path, one deeper. */
  below(active: readonly Active[], path: Buffer): Active[] {
    return this.at(active, path)
      .map(({ scope, depth }) => ({ scope, depth: depth + 1 }))
      .filter(({ scope, depth }) => depth <= (this.#scopes[scope]!.maxDepth ?? Number.MAX_SAFE_INTEGER))
  }
}

const numbersOf = (active: readonly Active[]): number[] => active.map(({ scope }) => scope)
