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

/** Ids that are told at once; the next comparison tells the rest. */
const IDS = 4_000

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

  has(id: string): boolean {
    return this.#actions.has(id)
  }

  /** True where the action is open at that time and published on the topic of this tag. */
  isOn(id: string, tag: string, now: number): boolean {
    const open = this.#actions.get(id)
    if (open === undefined || now > open.expires + LIMITS.clockSkewMs) return false
    return tag === ALL_TOPIC || open.topics.includes(tag)
  }

  /** Retention removed it. */
  forget(id: string): void {
    this.#actions.delete(id)
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
    return { missing: missing.map(([id]) => id).slice(0, IDS), cancels: this.#newestCancels() }
  }

  /** As many as fit one frame, the newest first: older ones are of actions that ended, or were told before. */
  #newestCancels(): Uint8Array[] {
    const newest: Uint8Array[] = []
    let bytes = 0
    for (const { envelope } of [...this.#cancels.values()].reverse()) {
      // None so large is taken any more; a store may hold one from before.
      if (envelope.length > LIMITS.smallBytes) continue
      bytes += envelope.length
      if (bytes > LIMITS.frameBytes / 2) break
      newest.push(envelope)
    }
    return newest
  }

  #forget(now: number): void {
    for (const [id, { expires }] of this.#actions)
      if (now > expires + LIMITS.clockSkewMs) this.#actions.delete(id)
    for (const [id, { until }] of this.#cancels) if (now > until) this.#cancels.delete(id)
  }
}

const reaches = (open: Open, topics: readonly string[]): boolean =>
  open.topics.some(topic => topic === ALL_TOPIC || topics.includes(topic))
