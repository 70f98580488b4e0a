import { type Clock, parseTime } from '../src/clock.ts'
import type { AnswerBody } from '../src/documents/body.ts'
import { codeOf, type ErrorCode } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Log } from '../src/log.ts'
import { findModule } from '../src/modules/index.ts'
import type { Part, Room } from '../src/modules/spec.ts'
import { type RunResult, stand, verdictOf } from '../src/run/run.ts'
import { disclose } from '../src/trust/commit.ts'
import type { Accepted, AcceptedOperation } from '../src/trust/permit.ts'
import type { Attachments } from './attachments.ts'
import type { Memory } from './memory.ts'
import { Pace } from './pace.ts'
import type { Replies } from './reply.ts'
import type { RememberedBy } from './standing-state.ts'

export interface StandingComponents {
  readonly clock: Clock
  readonly memory: Memory
  readonly replies: Pick<Replies, 'send' | 'sendPart'>
  readonly attachments: Pick<Attachments, 'read' | 'release'>
  readonly root: string
  readonly log: Log
  /** The launcher to start children from; our own program's by default. */
  readonly entry?: string
}

interface Running {
  readonly action: string
  readonly stop: AbortController
  /** Why it was ended before its time. */
  code?: ErrorCode
}

/** The clock may be set, and a timer knows nothing of that. */
const LOOK_MS = 30_000
const FULL_MS = 1_000

/**
 * Operations that go on and answer in numbered parts: each part is written with what the module remembers, all or nothing,
 * before the module is asked for the next one. They end with their action, by a cancel, or when the charter no longer bears
 * them; a restart of the agent is no end (ADR 18).
 */
export class StandingRuns {
  readonly #components: StandingComponents
  readonly #running = new Map<string, Running>()
  readonly #ended = new Set<Promise<void>>()
  #stopped = false

  constructor(components: StandingComponents) {
    this.#components = components
  }

  /** Actions of which something goes on. */
  get actions(): string[] {
    return [...new Set([...this.#running.values()].map(({ action }) => action))]
  }

  /** Begins, or goes on where an earlier life of the agent was. */
  take(accepted: Accepted, one: AcceptedOperation): void {
    const name = `${accepted.id}/${one.operation.id}`
    if (this.#stopped || this.#running.has(name)) return
    const running: Running = { action: accepted.id, stop: new AbortController() }
    const full = this.#running.size >= LIMITS.standingRuns
    this.#running.set(name, running)
    const work = (full ? this.#refuse(accepted, one) : this.#work(accepted, one, running))
      .catch(error =>
        // Not answered: the disk is full, perhaps. A later round goes on.
        this.#components.log('error', 'not-answered', { action: accepted.id, code: codeOf(error) })
      )
      .finally(() => {
        this.#running.delete(name)
        this.#ended.delete(work)
        void this.#components.attachments.release(accepted.id)
      })
    this.#ended.add(work)
  }

  /** Ends what goes on of an action; it is answered `cancelled`, with this code. */
  end(action: string, code: ErrorCode): void {
    for (const running of this.#running.values()) {
      if (running.action !== action) continue
      running.code ??= code
      running.stop.abort()
    }
  }

  /** Ends the children, and nothing else: the next life of the agent goes on. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const { stop } of this.#running.values()) stop.abort()
    await Promise.all(this.#ended)
  }

  async #refuse({ id, action }: Accepted, { operation }: AcceptedOperation): Promise<void> {
    const message = `${LIMITS.standingRuns} questions stand on this host already.`
    const body: AnswerBody = { state: 'refused', code: 'standing-full', message, rows: [] }
    await this.#components.replies.send({ id, action, op: operation.id, body })
  }

  async #work(accepted: Accepted, one: AcceptedOperation, running: Running): Promise<void> {
    const { memory, log, replies } = this.#components
    const { id, action } = accepted
    const op = one.operation.id
    let result: RunResult
    try {
      const attachments = await this.#components.attachments.read(one.operation)
      result =
        attachments === undefined
          ? { state: 'error', code: 'attachment-missing', rows: [], truncated: false }
          : await this.#stand(accepted, one, running, await memory.state.open(id, op), attachments)
    } catch (error) {
      const code = codeOf(error)
      log('error', 'run-failed', { action: id, op, code, error: String(error) })
      result = { state: 'error', code, rows: [], truncated: false }
    }
    if (this.#stopped) return
    const rows = memory.told(id, op)?.rows ?? 0
    await replies.send({ id, action, op, body: lastBody(result, rows, running.code) })
  }

  async #stand(
    accepted: Accepted,
    one: AcceptedOperation,
    running: Running,
    kept: RememberedBy,
    attachments: ReadonlyMap<string, Uint8Array>
  ): Promise<RunResult> {
    const { clock, memory, root, entry } = this.#components
    const { id, action } = accepted
    const { operation, limits } = one
    const told = memory.told(id, operation.id)
    const pace = new Pace(action, limits)
    const end = new AbortController()
    const over = new AbortController()
    const signal = running.stop.signal
    // It may have come while this was judged, when nothing of it went on yet.
    if (memory.isCancelled(id)) this.end(id, 'cancelled')
    void this.#atExpiry(parseTime(action.expires), end, AbortSignal.any([signal, over.signal]))
    try {
      return await stand(
        accepted,
        { id: operation.id, spec: findModule(operation.module)!, params: operation.params },
        {
          ...{ root, limits, signal, end: end.signal, asOf: parseTime(action.validFrom) },
          attachments,
          ...(entry !== undefined && { entry }),
          ...(told && { remembered: kept.remembered }),
          room: pace.room(told, clock.now()),
          take: async part => {
            await this.#tell(accepted, one, part, kept)
            return this.#next(accepted, one, pace, AbortSignal.any([signal, end.signal]))
          }
        }
      )
    } finally {
      over.abort()
    }
  }

  async #atExpiry(expires: number, end: AbortController, signal: AbortSignal): Promise<void> {
    const { clock } = this.#components
    try {
      for (let left = expires - clock.now(); left > 0; left = expires - clock.now())
        await clock.sleep(Math.min(left, LOOK_MS), signal, true)
      end.abort()
    } catch {
      // It has ended before.
    }
  }

  async #tell(accepted: Accepted, one: AcceptedOperation, part: Part, kept: RememberedBy): Promise<void> {
    const { memory, replies } = this.#components
    const { id, action } = accepted
    const { module, params, id: op } = one.operation
    const spec = findModule(module)!
    const literals = spec.literals(spec.params.parse(params))
    const { rows, openings } = disclose(action.disclosure, spec, id, literals, part.rows)
    const found = part.rows.length + (memory.told(id, op)?.rows ?? 0) > 0
    const body: AnswerBody = {
      ...(part.left > 0 ? { state: 'limit', code: 'limit-rows', truncated: true } : { state: 'done' }),
      verdict: verdictOf(found, part.coverage, part.left > 0),
      coverage: part.coverage,
      counts: { changes: part.rows.length + part.left },
      errors: { ...part.errors, ...(part.left > 0 && { 'limit-rows': part.left }) },
      rows
    }
    await replies.sendPart({ id, action, op, body, openings }, kept.writes(part.remember), part.rows.length)
  }

  /** Waits until the rate and the outbox have room for another part; not when the end has come. */
  async #next(
    { id }: Accepted,
    { operation: { id: op } }: AcceptedOperation,
    pace: Pace,
    signal: AbortSignal
  ): Promise<Room> {
    const { clock, memory } = this.#components
    const told = memory.told(id, op)
    while (!signal.aborted) {
      const full = memory.outgoing.bytes > LIMITS.outboxBytes / 2
      const wait = Math.max(full ? FULL_MS : 0, pace.wait(told, clock.now()))
      if (wait <= 0) break
      await clock.sleep(Math.min(wait, LOOK_MS), signal, true).catch(() => undefined)
    }
    return pace.room(told, clock.now())
  }
}

/** How it ended; what was found stands in the parts before. */
const lastBody = (result: RunResult, rows: number, code: ErrorCode | undefined): AnswerBody => {
  const { state, coverage, message, errors } = result
  const verdict =
    state === 'error' && rows === 0 ? undefined : verdictOf(rows > 0, coverage ?? NOTHING, false)
  const why = state === 'cancelled' ? (code ?? 'cancelled') : result.code
  return {
    state,
    rows: [],
    ...(why && { code: why }),
    ...(verdict && { verdict }),
    ...(coverage && { coverage }),
    ...(errors && { errors }),
    ...(message && state !== 'cancelled' && { message })
  }
}

const NOTHING = { seen: 0, unreadable: 0, skipped: 1 }
