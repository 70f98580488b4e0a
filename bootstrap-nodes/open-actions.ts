import { parseTime } from '../src/clock.ts'
import { ownBytes } from '../src/codec.ts'
import type { Action } from '../src/documents/action.ts'
import { parseTarget } from '../src/documents/target/parse.ts'
import { ALL_TOPIC, conjunctsOf } from '../src/documents/target/topics.ts'
import { LIMITS } from '../src/limits.ts'
import type { OpenReply } from '../src/mesh/sync/ports.ts'

interface Open {
  /** Tags that a host carries, all of one entry, where the target names it. */
  readonly conjuncts: readonly ReadonlySet<string>[]
  readonly expires: number
}

/** Ids that are told at once; the next comparison tells the rest. */
const IDS = 4_000

/**
 * What is open now, in memory: actions by the tags that they go to, cancels by their action. Filled from the store at start.
 * Whatever topic an action came by, as each publisher counts what is rarest, it is told to the same hosts here.
 */
export class OpenActions {
  readonly #actions = new Map<string, Open>()
  readonly #cancels = new Map<string, { readonly envelope: Uint8Array; readonly until: number }>()

  add(id: string, action: Action, topicKeys: readonly string[]): void {
    this.#actions.set(id, {
      conjuncts: conjunctsOf(parseTarget(action.target), topicKeys),
      expires: parseTime(action.expires)
    })
  }

  /** A cancel may come before its action; it is told for as long as any action that it names may be taken. */
  cancel(action: string, envelope: Uint8Array, issued: number): void {
    if (this.#cancels.has(action)) return
    this.#cancels.set(action, { envelope: ownBytes(envelope), until: issued + LIMITS.cancelMs })
  }

  has(id: string): boolean {
    return this.#actions.has(id)
  }

  /** True where the action is open at that time and may be published on the topic of this tag. */
  isOn(id: string, tag: string, now: number): boolean {
    const open = this.#actions.get(id)
    if (open === undefined || now > open.expires + LIMITS.clockSkewMs) return false
    return tag === ALL_TOPIC || open.conjuncts.some(conjunct => conjunct.has(tag))
  }

  /** Retention removed it. */
  forget(id: string): void {
    this.#actions.delete(id)
  }

  /** True while a member with these tags may have the action. */
  readable(id: string, tags: readonly string[]): boolean {
    const open = this.#actions.get(id)
    return open !== undefined && reaches(open, tags)
  }

  /** What a member with these tags lacks: cancels first, then open actions, each by its id. */
  compare(tags: readonly string[], have: readonly string[], now: number): OpenReply {
    this.#forget(now)
    const held = new Set(have)
    const missing = [...this.#actions].filter(
      ([id, open]) => reaches(open, tags) && !held.has(id) && !this.#cancels.has(id)
    )
    return { missing: missing.map(([id]) => id).slice(0, IDS), cancels: this.#cancelsFor(tags) }
  }

  /**
   * As many as fit one frame: those of what the member may run first, so that nobody pushes them out by cancelling what
   * there is not; then the newest.
   */
  #cancelsFor(tags: readonly string[]): Uint8Array[] {
    const all = [...this.#cancels].reverse()
    const isOpen = ([id]: (typeof all)[0]) => this.readable(id, tags)
    const newest: Uint8Array[] = []
    let bytes = 0
    for (const [, { envelope }] of [...all.filter(isOpen), ...all.filter(one => !isOpen(one))]) {
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

/** A host that carries one tag of two is on a topic of the action, but not asked: it is not told either. */
const reaches = ({ conjuncts }: Open, tags: readonly string[]): boolean =>
  conjuncts.some(conjunct => [...conjunct].every(tag => tags.includes(tag)))
