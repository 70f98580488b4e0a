import { parseTime } from '../src/clock.ts'
import type { Action } from '../src/documents/action.ts'
import { parseTarget } from '../src/documents/target/parse.ts'
import { ALL_TOPIC, topicsOf } from '../src/documents/target/topics.ts'
import { LIMITS } from '../src/limits.ts'
import type { OpenReply } from '../src/mesh/sync/ports.ts'

interface Open {
  readonly topics: readonly string[]
  readonly expires: number
}

/** What is open now, in memory: actions by their topics, cancels by their action. Filled from the store at start. */
export class OpenActions {
  readonly #actions = new Map<string, Open>()
  readonly #cancels = new Map<string, { readonly envelope: Uint8Array; readonly until: number }>()

  /** The topics that an action goes to, by the charter's topic keys. */
  static topics(action: Action, topicKeys: readonly string[]): string[] {
    return topicsOf(parseTarget(action.target), [...topicKeys])
  }

  add(id: string, action: Action, topicKeys: readonly string[]): void {
    this.#actions.set(id, {
      topics: OpenActions.topics(action, topicKeys),
      expires: parseTime(action.expires)
    })
  }

  /** A cancel may come before its action; it is told for as long as any window may last. */
  cancel(action: string, envelope: Uint8Array, issued: number): void {
    if (!this.#cancels.has(action))
      this.#cancels.set(action, { envelope, until: issued + 2 * LIMITS.windowMaxMs })
  }

  isCancelled(action: string): boolean {
    return this.#cancels.has(action)
  }

  /** True while a member of these topics may have the action. */
  readable(id: string, topics: readonly string[]): boolean {
    const open = this.#actions.get(id)
    return open !== undefined && reaches(open, topics)
  }

  /** What a member of these topics lacks: cancels first, then open actions, each by its id. */
  compare(topics: readonly string[], have: readonly string[], now: number): OpenReply {
    this.#forget(now)
    const held = new Set(have)
    const missing = [...this.#actions].filter(
      ([id, open]) => reaches(open, topics) && !held.has(id) && !this.#cancels.has(id)
    )
    return {
      missing: missing.map(([id]) => id),
      cancels: [...this.#cancels.values()].map(({ envelope }) => envelope)
    }
  }

  #forget(now: number): void {
    for (const [id, { expires }] of this.#actions)
      if (now > expires + LIMITS.clockSkewMs) this.#actions.delete(id)
    for (const [id, { until }] of this.#cancels) if (now > until) this.#cancels.delete(id)
  }
}

const reaches = (open: Open, topics: readonly string[]): boolean =>
  open.topics.some(topic => topic === ALL_TOPIC || topics.includes(topic))
