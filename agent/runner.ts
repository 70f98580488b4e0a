import { type Clock, parseTime } from '../src/clock.ts'
import { type Operation, REVEAL } from '../src/documents/action.ts'
import type { AnswerBody } from '../src/documents/body.ts'
import type { Charter } from '../src/documents/charter.ts'
import { codeOf } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Log } from '../src/log.ts'
import { contentChecksOf } from '../src/modules/content-checks.ts'
import { findModule } from '../src/modules/index.ts'
import type { AboutAgent } from '../src/modules/lib/agentinfo/about-agent.ts'
import { isStanding } from '../src/modules/standing.ts'
import { type RunResult, run } from '../src/run/run.ts'
import { type Disclosed, disclose } from '../src/trust/commit.ts'
import type { Accepted, AcceptedOperation } from '../src/trust/permit.ts'
import { readReveal } from '../src/trust/policy.ts'
import { openCommitments } from '../src/trust/reveal.ts'
import { mayLearn, stillReaches } from '../src/trust/still.ts'
import type { Attachments } from './attachments.ts'
import type { Memory } from './memory.ts'
import type { Replies } from './reply.ts'
import { endOf } from './run-record.ts'
import { StandingRuns } from './standing.ts'

export interface RunnerComponents {
  readonly clock: Clock
  readonly memory: Memory
  readonly replies: Pick<Replies, 'send' | 'sendPart'>
  readonly attachments: Pick<Attachments, 'read' | 'release'>
  readonly root: string
  readonly log: Log
  /** The charter in force now. */
  charter(): Charter
  /** What this agent knows of itself, for the modules that ask for it. */
  readonly about?: () => AboutAgent
  /** The launcher to start children from; our own program's by default. */
  readonly entry?: string
  /** How an operation is run: in a fenced child, unless a bench measures without. */
  readonly run?: typeof run
}

/** Whether each operation that has ended found something; undefined where it did not, and did not see everything. */
type Ends = Map<string, boolean | undefined>

interface Answered {
  readonly body: AnswerBody
  readonly openings?: Disclosed['openings']
}

/** Runs what the gate accepted, so many at a time, and answers each operation in exactly one end state. */
export class Runner {
  readonly #components: RunnerComponents
  /** What goes on until its action ends. */
  readonly standing: StandingRuns
  readonly #waiting: Accepted[] = []
  readonly #running = new Map<string, AbortController>()
  readonly #ended = new Set<Promise<void>>()
  #stopped = false

  constructor(components: RunnerComponents) {
    this.#components = components
    const { attachments } = components
    const release = (id: string) => this.#release(id)
    this.standing = new StandingRuns({
      ...components,
      attachments: { read: operation => attachments.read(operation), release }
    })
  }

  take(accepted: Accepted): void {
    this.#waiting.push(accepted)
    this.#next()
  }

  /** True while an action is not answered to its end and will be. */
  isActive(id: string): boolean {
    const here = this.#running.has(id) || this.#waiting.some(accepted => accepted.id === id)
    return here || this.standing.actions.includes(id)
  }

  /** Goes on with the standing operations of an action that an earlier life of this agent has begun. */
  goOn(accepted: Accepted): void {
    for (const one of accepted.operations)
      if (isStanding(one.operation.module) && !this.#components.memory.isEnded(accepted.id, one.operation.id))
        this.standing.take(accepted, one)
  }

  /** Stops what runs of an action; it is answered `cancelled`. */
  cancel(id: string): void {
    this.#running.get(id)?.abort()
    this.standing.end(id, 'cancelled')
  }

  /** Ends everything under way without an answer: a restart answers `interrupted`. Resolves when no child is left. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#waiting.length = 0
    for (const controller of this.#running.values()) controller.abort()
    await Promise.all([...this.#ended, this.standing.stop()])
  }

  #next(): void {
    while (!this.#stopped && this.#running.size < LIMITS.parallelRuns && this.#waiting.length > 0) {
      const accepted = this.#waiting.shift()!
      const controller = new AbortController()
      this.#running.set(accepted.id, controller)
      const work = this.#work(accepted, controller.signal)
        .catch(error =>
          // Not answered: the disk is full, perhaps. A later round answers `interrupted`.
          this.#components.log('error', 'not-answered', { action: accepted.id, code: codeOf(error) })
        )
        .finally(() => {
          this.#running.delete(accepted.id)
          void this.#release(accepted.id)
          this.#ended.delete(work)
          this.#next()
        })
      this.#ended.add(work)
    }
  }

  /** What it names is not needed any more when nothing of it goes on; a next life may need what this one leaves. */
  async #release(id: string): Promise<void> {
    if (this.#stopped || this.isActive(id)) return
    await this.#components.attachments.release(id).catch(() => undefined)
  }

  async #work(accepted: Accepted, signal: AbortSignal): Promise<void> {
    const { id, action } = accepted
    const ends: Ends = new Map()
    for (const one of accepted.operations) {
      if (this.#stopped) return
      const answered = await this.#answer(accepted, one, signal, ends)
      if (answered === 'stands') continue
      const { body, openings = [] } = answered
      ends.set(one.operation.id, endOf(body))
      // What we ended because we stop is interrupted, not cancelled; the restart says so.
      if (this.#stopped && signal.aborted && body.state === 'cancelled') return
      await this.#components.replies.send({ id, action, op: one.operation.id, body, openings })
    }
  }

  /** Whatever goes wrong here is an answer too. */
  async #answer(
    accepted: Accepted,
    one: AcceptedOperation,
    signal: AbortSignal,
    ends: Ends
  ): Promise<Answered | 'stands'> {
    const { memory, log } = this.#components
    const { operation } = one
    try {
      if (memory.isCancelled(accepted.id))
        return { body: { state: 'cancelled', code: 'cancelled', rows: [] } }
      const charter = this.#components.charter()
      if (!stillReaches(accepted, operation, charter, contentChecksOf(accepted.action.operations)))
        return { body: { state: 'cancelled', code: 'revoked', rows: [] } }
      if (!this.#mayAskCondition(accepted, operation, charter))
        return { body: { state: 'refused', code: 'policy', rows: [] } }
      const holds = this.#conditionHolds(operation, ends)
      if (holds === undefined)
        return { body: { state: 'done', verdict: 'partial', code: 'undecided', rows: [] } }
      if (!holds) return { body: { state: 'done', code: 'not-met', rows: [] } }
      if (operation.module === REVEAL) return { body: await this.#reveal(operation) }
      if (isStanding(operation.module)) {
        this.standing.take(accepted, one)
        return 'stands'
      }
      return await this.#run(accepted, one, signal)
    } catch (error) {
      const code = codeOf(error)
      log('error', 'run-failed', { action: accepted.id, op: operation.id, code, error: String(error) })
      return { body: { state: 'error', code, rows: [] } }
    }
  }

  async #run(
    accepted: Accepted,
    { operation, limits }: AcceptedOperation,
    signal: AbortSignal
  ): Promise<Answered> {
    const { root, entry, about, run: runIt = run } = this.#components
    const attachments = await this.#components.attachments.read(operation)
    if (attachments === undefined) return { body: { state: 'error', code: 'attachment-missing', rows: [] } }
    const { id, action } = accepted
    const spec = findModule(operation.module)!
    const result = await runIt(
      accepted,
      { id: operation.id, spec, params: operation.params },
      {
        root,
        limits,
        signal,
        attachments,
        asOf: parseTime(action.validFrom),
        ...(entry !== undefined && { entry }),
        ...(about && { agent: about })
      }
    )
    const literals = spec.literals(spec.params.parse(operation.params))
    const { rows, openings } = disclose(action.disclosure, spec, id, literals, result.rows)
    return { body: bodyOf(result, rows), openings }
  }

  #mayAskCondition({ signers }: Accepted, { condition }: Operation, charter: Charter): boolean {
    // What this very action asks, its signers may ask: the gate saw to it.
    if (condition === undefined || 'op' in condition) return true
    const operations = this.#components.memory.operations(condition.action)
    return operations === undefined || mayLearn(signers, { operations }, charter)
  }

  /** Undefined where nobody can say. */
  #conditionHolds({ condition }: Operation, ends: Ends): boolean | undefined {
    if (condition === undefined) return true
    if ('op' in condition) return ends.get(condition.op)
    const { memory } = this.#components
    return condition.when === 'found' ? memory.found(condition.action) : memory.answered(condition.action)
  }

  async #reveal(operation: Operation): Promise<AnswerBody> {
    const asked = readReveal(operation.params)
    const kept = await this.#components.memory.openings.read(asked.action, asked.op)
    const { rows, unknown } = openCommitments(asked, kept)
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
