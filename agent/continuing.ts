import type { ErrorCode } from '../src/errors.ts'
import type { Judge } from './judge.ts'
import type { Memory } from './memory.ts'
import type { Runner } from './runner.ts'

/** Why what stands is neither borne nor refused now: the clock or a charter is on its way. */
const WAITS: readonly ErrorCode[] = ['not-yet-valid', 'charter-newer', 'internal']

/** What stands is judged anew whenever it goes on: at each start of the agent, and by each charter (ADR 18). */
export class Continuing {
  readonly #judge: Pick<Judge, 'again'>
  readonly #runner: Pick<Runner, 'goOn' | 'standing'>
  readonly #memory: Pick<Memory, 'envelope'>

  constructor(
    judge: Pick<Judge, 'again'>,
    runner: Pick<Runner, 'goOn' | 'standing'>,
    memory: Pick<Memory, 'envelope'>
  ) {
    this.#judge = judge
    this.#runner = runner
    this.#memory = memory
  }

  /** Goes on with what an earlier life of this agent has begun, where it may; otherwise says why not, or that it is not known yet. */
  async goOn(envelope: Uint8Array): Promise<ErrorCode | 'goes-on' | 'later'> {
    const verdict = await this.#judge.again(envelope)
    if (verdict.kind !== 'accept') return WAITS.includes(verdict.code) ? 'later' : saidOf(verdict.code)
    this.#runner.goOn(verdict.value)
    return 'goes-on'
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
