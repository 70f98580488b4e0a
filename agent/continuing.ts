import type { ErrorCode } from '../src/errors.ts'
import type { Accepted } from '../src/trust/permit.ts'
import type { Attachments } from './attachments.ts'
import type { Judge } from './judge.ts'
import type { Memory } from './memory.ts'
import type { Runner } from './runner.ts'

/** Why what stands is neither borne nor refused now: the clock or a charter is on its way. */
const WAITS: readonly ErrorCode[] = ['not-yet-valid', 'charter-newer', 'internal']

/** What stands is judged anew whenever it goes on: at each start of the agent, and by each charter (ADR 18). */
export class Continuing {
  readonly #judge: Pick<Judge, 'again'>
  readonly #runner: Pick<Runner, 'goOn' | 'take' | 'isActive' | 'standing'>
  readonly #memory: Pick<Memory, 'envelope' | 'waits'>
  readonly #attachments: Pick<Attachments, 'before' | 'gather'>
  /** On the way to the runner. */
  readonly #taken = new Set<string>()

  constructor(
    judge: Pick<Judge, 'again'>,
    runner: Pick<Runner, 'goOn' | 'take' | 'isActive' | 'standing'>,
    memory: Pick<Memory, 'envelope' | 'waits'>,
    attachments: Pick<Attachments, 'before' | 'gather'>
  ) {
    this.#judge = judge
    this.#runner = runner
    this.#memory = memory
    this.#attachments = attachments
  }

  isActive(id: string): boolean {
    return this.#taken.has(id) || this.#runner.isActive(id)
  }

  /** Goes on with what an earlier life of this agent has begun, or begins what it has not, where it may; otherwise says why not, or that it is not known yet. */
  async goOn(envelope: Uint8Array): Promise<ErrorCode | 'goes-on' | 'later'> {
    const verdict = await this.#judge.again(envelope)
    if (verdict.kind !== 'accept') return WAITS.includes(verdict.code) ? 'later' : saidOf(verdict.code)
    this.#taken.add(verdict.value.id)
    // It may wait for what it names until it expires. Where this fails, a later round looks again.
    void this.#take(verdict.value)
      .catch(() => undefined)
      .finally(() => this.#taken.delete(verdict.value.id))
    return 'goes-on'
  }

  async #take(accepted: Accepted): Promise<void> {
    if (this.#memory.waits(accepted.id)) return this.#attachments.before(accepted, this.#runner)
    await this.#attachments.gather(accepted)
    this.#runner.goOn(accepted)
  }

  /** Ends whatever the charter of now no longer bears. */
  async judgeAll(): Promise<void> {
    for (const id of this.#runner.standing.actions) {
      const envelope = this.#memory.envelope(id)
      const verdict = envelope && (await this.#judge.again(envelope))
      if (verdict && verdict.kind !== 'accept' && !WAITS.includes(verdict.code))
        this.#runner.standing.end(id, saidOf(verdict.code))
    }
  }
}

/** It was borne once: where it is not any more, somebody was revoked or counts for less. */
const saidOf = (code: ErrorCode): ErrorCode =>
  ['quorum', 'unsigned', 'unknown-signer'].includes(code) ? 'revoked' : code
