import type { Host } from '../../spec.ts'
import type { HostFiles } from '../host/host-files.ts'
import type { CompiledPolicy } from './compile.ts'
import { concatFacts, FACTS, type Fact, type Facts } from './facts.ts'
import { type Found, fileFacts } from './file-facts.ts'
import { packageFacts } from './package-facts.ts'

/** What all objects of a policy yield on a host. */
export class PolicyFacts {
  readonly #policy: CompiledPolicy
  readonly #host: Host
  readonly #files: HostFiles
  readonly #found = new Map<string, Found>()
  /** What each has yielded by itself, before others are told of its files. */
  readonly #own = new Map<string, Facts>()

  constructor(policy: CompiledPolicy, host: Host, files: HostFiles) {
    this.#policy = policy
    this.#host = host
    this.#files = files
    for (const [object, facts] of policy.raw) this.#of(object).facts.push(...facts)
  }

  /** Looks at everything; yields every so often: breathe then. Throws `limit-bytes`, `limit-entries`. */
  *collect(): Generator<undefined> {
    const found = (object: string) => this.#of(object)
    yield* packageFacts(this.#policy.packages, this.#host, this.#files, found)
    for (const tasks of this.#policy.files) yield* fileFacts(tasks, this.#host, this.#files, found)
    for (const [object, { facts, whole }] of this.#found) this.#own.set(object, { facts: [...facts], whole })
    for (const [object, chains] of this.#policy.chains)
      if (chains.length > 0 && this.#found.has(object)) yield* this.#chained(object, this.#of(object))
  }

  of(object: string): Facts {
    const { facts, whole } = this.#of(object)
    const concat = this.#policy.concat.get(object)
    return { facts: concat === undefined ? facts : concatFacts(facts, concat), whole }
  }

  #of(object: string): Found {
    const found = this.#found.get(object) ?? { facts: [], whole: true }
    this.#found.set(object, found)
    return found
  }

  /** Beside each file that an object has found, what others find from there: it is told of the file itself. */
  *#chained(object: string, found: Found): Generator<undefined> {
    const paths = new Map(
      found.facts.flatMap(({ thing }) => ('path' in thing ? [[thing.path.toString('latin1'), thing]] : []))
    )
    for (const [path, thing] of paths) {
      const directory = path.slice(0, path.lastIndexOf('/') + 1)
      for (const chain of this.#policy.chains.get(object)!) {
        const { facts = [], whole = true } = this.#own.get(chain.object) ?? {}
        const there: Found = { facts: [...facts], whole }
        const task = chain.at?.(directory)
        if (task !== undefined) yield* fileFacts([task], this.#host, this.#files, () => there)
        // Chains below each other are few, and in no circle (problems.ts).
        yield* this.#chained(chain.object, there)
        yield undefined
        if (!there.whole) found.whole = false
        this.#merge(found, thing, this.#joined(chain.object, there.facts))
      }
    }
  }

  #joined(object: string, facts: readonly Fact[]): readonly Fact[] {
    const concat = this.#policy.concat.get(object)
    return concat === undefined ? facts : concatFacts(facts, concat)
  }

  #merge(found: Found, thing: Fact['thing'], facts: readonly Fact[]): void {
    for (const { value } of facts) {
      if (found.facts.length >= FACTS) {
        this.#files.count.skip('limit-facts')
        found.whole = false
        return
      }
      found.facts.push({ thing, value })
    }
  }
}
