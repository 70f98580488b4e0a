import { type Clock, parseTime } from '../src/clock.ts'
import { type Operation, REVEAL } from '../src/documents/action.ts'
import type { AnswerBody } from '../src/documents/body.ts'
import { LIMITS } from '../src/limits.ts'
import { findModule } from '../src/modules/index.ts'
import { type RunResult, run } from '../src/run/run.ts'
import { disclose } from '../src/trust/commit.ts'
import type { Accepted, AcceptedOperation } from '../src/trust/permit.ts'
import { readReveal } from '../src/trust/policy.ts'
import { openCommitments } from '../src/trust/reveal.ts'
import type { Memory } from './memory.ts'
import type { Replies } from './reply.ts'

export interface RunnerComponents {
  readonly clock: Clock
  readonly memory: Memory
  readonly replies: Replies
  readonly root: string
  log(level: 'info' | 'warn' | 'error', event: string, fields?: Record<string, unknown>): void
}

/** Runs what the gate accepted, so many at a time, and answers each operation in exactly one end state. */
export class Runner {
  readonly #components: RunnerComponents
  readonly #waiting: Accepted[] = []
  readonly #running = new Map<string, AbortController>()
  #stopped = false

  constructor(components: RunnerComponents) {
    this.#components = components
  }

  take(accepted: Accepted): void {
    this.#waiting.push(accepted)
    this.#next()
  }

  /** Stops what runs of an action; it is answered `cancelled`. */
  cancel(id: string): void {
    this.#running.get(id)?.abort()
  }

  /** Ends everything under way without an answer: a restart answers `interrupted`. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#waiting.length = 0
    for (const controller of this.#running.values()) controller.abort()
    for (let turn = 0; turn < 40 && this.#running.size > 0; turn++) await this.#components.clock.sleep(50)
  }

  #next(): void {
    while (!this.#stopped && this.#running.size < LIMITS.parallelRuns && this.#waiting.length > 0) {
      const accepted = this.#waiting.shift()!
      const controller = new AbortController()
      this.#running.set(accepted.id, controller)
      void this.#work(accepted, controller.signal)
        .catch(error =>
          this.#components.log('error', 'run-failed', { action: accepted.id, error: String(error) })
        )
        .finally(() => {
          this.#running.delete(accepted.id)
          this.#next()
        })
    }
  }

  async #work(accepted: Accepted, signal: AbortSignal): Promise<void> {
    for (const accepted_ of accepted.operations) {
      if (this.#stopped) return
      const { operation } = accepted_
      const { body, openings } = await this.#answer(accepted, accepted_, signal)
      // A run that we ended because we stop is interrupted, not cancelled; the restart says so.
      if (this.#stopped && body.state === 'cancelled') return
      await this.#components.replies.send(accepted.id, accepted.action, operation.id, body, openings)
    }
  }

  async #answer(
    accepted: Accepted,
    { operation, limits }: AcceptedOperation,
    signal: AbortSignal
  ): Promise<{ body: AnswerBody; openings: ReturnType<typeof disclose>['openings'] }> {
    const { memory, root } = this.#components
    const none = { openings: [] }
    if (memory.isCancelled(accepted.id))
      return { body: { state: 'cancelled', code: 'cancelled', rows: [] }, ...none }
    if (!this.#conditionHolds(operation))
      return { body: { state: 'done', code: 'not-met', rows: [] }, ...none }
    if (operation.module === REVEAL) return { body: await this.#reveal(operation), ...none }
    const spec = findModule(operation.module)!
    const result = await run(
      accepted,
      { id: operation.id, spec, params: operation.params },
      { root, limits, signal, asOf: parseTime(accepted.action.validFrom) }
    )
    const literals = spec.literals(spec.params.parse(operation.params))
    const { rows, openings } = disclose(accepted.action.disclosure, spec, accepted.id, literals, result.rows)
    return { body: bodyOf(result, rows), openings }
  }

  #conditionHolds({ condition }: Operation): boolean {
    if (condition === undefined) return true
    const { memory } = this.#components
    return condition.when === 'found' ? memory.found(condition.action) : memory.answered(condition.action)
  }

  async #reveal(operation: Operation): Promise<AnswerBody> {
    const asked = readReveal(operation.params)
    const { rows, unknown } = openCommitments(
      asked,
      await this.#components.memory.openings(asked.action, asked.op)
    )
    const coverage = { seen: asked.commitments.length, unreadable: 0, skipped: unknown.length }
    if (rows.length === 0) return { state: 'done', verdict: 'no', code: 'no-opening', coverage, rows }
    return { state: 'done', verdict: 'yes', coverage, counts: { [asked.module]: rows.length }, rows }
  }
}

const bodyOf = (result: RunResult, rows: AnswerBody['rows']): AnswerBody => ({
  state: result.state,
  rows,
  ...(result.verdict && { verdict: result.verdict }),
  ...(result.code && { code: result.code }),
  ...(result.message && { message: result.message }),
  ...(result.coverage && { coverage: result.coverage }),
  ...(result.counts && { counts: result.counts }),
  ...(result.errors && { errors: result.errors }),
  ...(result.truncated && { truncated: true })
})
