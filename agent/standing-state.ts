import { decodeCbor, encodeCbor } from '../src/codec.ts'
import { GumshoeError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Part, Remembered } from '../src/modules/spec.ts'
import type { Database, Write } from '../src/store/database.ts'
import type { AtRest } from './at-rest.ts'

const SHELF = 'standing'
/** Comes behind every digit that a name has. */
const BEHIND = ':'

/** What standing operations remember of this host, over restarts: encrypted, each thing by itself. */
export class StandingState {
  readonly #database: Database
  readonly #rest: AtRest

  constructor(database: Database, rest: AtRest) {
    this.#database = database
    this.#rest = rest
  }

  /** What one operation remembers. Throws `store-damaged`: what is missing would be told as a change. */
  async open(action: string, op: string): Promise<RememberedBy> {
    const prefix = `${action}/${op}/`
    const remembered: Remembered[] = []
    const sizes = new Map<string, number>()
    for await (const { key, value } of this.#database.entries(SHELF, rangeOf(prefix))) {
      if (value === undefined)
        throw new GumshoeError('store-damaged', 'What the operation remembers is damaged.')
      remembered.push(decodeCbor(this.#rest.decrypt(value)) as [Uint8Array, Uint8Array])
      sizes.set(key.slice(prefix.length), value.length)
    }
    return new RememberedBy(prefix, this.#rest, sizes, remembered)
  }

  /** The writes that forget all that an operation remembers. */
  async forget(action: string, op: string): Promise<Write[]> {
    const keys = await this.#database.keys(SHELF, rangeOf(`${action}/${op}/`))
    return keys.map(key => ({ shelf: SHELF, key }))
  }
}

const rangeOf = (prefix: string) => ({ from: prefix, to: `${prefix}g${BEHIND}` })

/** What one operation remembers, within its limits. */
export class RememberedBy {
  readonly remembered: readonly Remembered[]
  readonly #prefix: string
  readonly #rest: AtRest
  readonly #sizes: Map<string, number>
  #bytes: number

  constructor(prefix: string, rest: AtRest, sizes: Map<string, number>, remembered: readonly Remembered[]) {
    this.#prefix = prefix
    this.#rest = rest
    this.#sizes = sizes
    this.remembered = remembered
    this.#bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  }

  /** The writes for what a part says. Throws `module-failed` where it is more than a module may have remembered. */
  writes(remember: Part['remember']): Write[] {
    const writes = remember.map(([key, value]): Write => {
      const name = this.#rest.nameOf(key)
      this.#bytes -= this.#sizes.get(name) ?? 0
      this.#sizes.delete(name)
      if (value === undefined) return { shelf: SHELF, key: `${this.#prefix}${name}` }
      const box = this.#rest.encrypt(encodeCbor([key, value]))
      this.#sizes.set(name, box.length)
      this.#bytes += box.length
      return { shelf: SHELF, key: `${this.#prefix}${name}`, value: box }
    })
    if (this.#sizes.size > LIMITS.standingEntries || this.#bytes > 2 * LIMITS.standingStateBytes)
      throw new GumshoeError('module-failed', 'The module has more remembered than it may.')
    return writes
  }
}
