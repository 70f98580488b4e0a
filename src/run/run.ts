import type { ChildProcess } from 'node:child_process'
import { setPriority } from 'node:os'
import type { RunLimits } from '../documents/charter.ts'
import type { State, Verdict } from '../documents/vocabulary.ts'
import { type ErrorCode, isErrorCode } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { type Coverage, type ModuleSpec, moduleId, type Outcome, type Row } from '../modules/spec.ts'
import { assertPermit, type Permit } from '../trust/permit.ts'
import type { ChildWord, Job } from './child.ts'
import type { Fence } from './fence.ts'
import { spawnRole } from './role.ts'
import { fromChannel, sizeOf } from './rows.ts'
import { usageOf } from './usage.ts'

/** How a run ended: a host says exactly one state, and beside it the verdict with its coverage. */
export interface RunResult {
  readonly state: State
  readonly verdict?: Verdict
  readonly code?: ErrorCode
  readonly message?: string
  readonly coverage?: Coverage
  readonly counts?: Readonly<Record<string, number>>
  readonly errors?: Readonly<Record<string, number>>
  readonly rows: readonly Row[]
  readonly truncated: boolean
}

export interface RunOptions {
  readonly root: string
  readonly asOf: number
  readonly limits: Required<RunLimits>
  readonly fence: Fence
  /** Aborting cancels the run. */
  readonly signal?: AbortSignal
  /** The launcher to start the child from; our own program's by default. */
  readonly entry?: string
}

const POLL_MS = 100

/** A `no` holds only where everything could be seen; a hit is a hit whatever else could not be read (design 4). */
export const verdictOf = (found: boolean, coverage: Coverage, limited: boolean): Verdict =>
  found ? 'yes' : limited || coverage.unreadable > 0 || coverage.skipped > 0 ? 'partial' : 'no'

/** Runs one module in a child of its own, within its limits. Never throws for what the module or the child does; `internal` without a permit. */
export const run = async (
  permit: Permit,
  operation: { id: string; spec: ModuleSpec; params: Record<string, unknown> },
  options: RunOptions
): Promise<RunResult> => {
  const { spec } = operation
  assertPermit(permit, { id: operation.id, module: moduleId(spec), params: operation.params })
  if (!spec.anyRoot && options.root !== '/')
    return early(
      'error',
      'unsupported',
      `${spec.name} needs the live kernel, and this agent answers for ${options.root}.`
    )
  if (!spec.platforms.includes(process.platform))
    return early('error', 'unsupported', `${spec.name} does not run on ${process.platform}.`)
  const job: Job = {
    module: moduleId(spec),
    params: operation.params,
    root: options.root,
    asOf: options.asOf,
    limits: options.limits
  }
  return new Held(spec, job, options).result
}

const early = (state: State, code: ErrorCode, message: string): RunResult => ({
  state,
  code,
  message,
  rows: [],
  truncated: false
})

/** One child and what has come of it. */
class Held {
  readonly result: Promise<RunResult>
  readonly #spec: ModuleSpec
  readonly #options: RunOptions
  readonly #child: ChildProcess
  readonly #rows: Row[] = []
  #bytes = 0
  #outcome: Outcome | undefined
  #failure: { code: ErrorCode; message: string } | undefined
  /** Why we ended it, if we did. */
  #ended: ErrorCode | undefined

  constructor(spec: ModuleSpec, job: Job, options: RunOptions) {
    this.#spec = spec
    this.#options = options
    this.#child = spawnRole(options.fence === 'none' ? 'child' : 'fence', options.entry)
    this.result = this.#live(job)
  }

  async #live(job: Job): Promise<RunResult> {
    const child = this.#child
    const { limits, signal } = this.#options
    let complaint = ''
    child.stderr?.on('data', chunk => (complaint = (complaint + chunk).slice(-500)))
    child.on('message', message => this.#hear(message as ChildWord, job))
    const wall = setTimeout(() => this.#end('limit-wall'), limits.wallMs + LIMITS.killMs)
    const poll = setInterval(() => this.#watch(), POLL_MS)
    const cancel = () => this.#end('cancelled')
    signal?.addEventListener('abort', cancel, { once: true })
    if (signal?.aborted) cancel()
    await new Promise<void>(gone => {
      child.once('error', error => {
        complaint = error.message
        gone()
      })
      child.once('close', () => gone())
    })
    clearTimeout(wall)
    clearInterval(poll)
    signal?.removeEventListener('abort', cancel)
    return this.#judge(complaint)
  }

  #hear(word: ChildWord, job: Job): void {
    if (this.#ended !== undefined || typeof word !== 'object' || word === null) return
    if (word.word === 'ready') {
      if (this.#child.pid !== undefined) lower(this.#child.pid)
      this.#child.send(job)
    } else if (word.word === 'rows' && Array.isArray(word.rows)) this.#take(word.rows)
    else if (word.word === 'done') this.#outcome = readOutcome(word.outcome)
    else if (word.word === 'failed')
      this.#failure = {
        code: isErrorCode(word.code) ? word.code : 'module-failed',
        message: String(word.message).slice(0, 500)
      }
  }

  #take(rows: readonly unknown[]): void {
    const { limits } = this.#options
    for (const entry of rows) {
      const row = fromChannel(entry, this.#spec)
      if (row === undefined) {
        this.#failure = {
          code: 'module-failed',
          message: 'The child sent a row that its module may not yield.'
        }
        this.#child.kill('SIGKILL')
        return
      }
      this.#bytes += sizeOf(row)
      if (this.#rows.length >= limits.rows || this.#bytes > limits.outputBytes) {
        this.#end(this.#rows.length >= limits.rows ? 'limit-rows' : 'limit-bytes')
        return
      }
      this.#rows.push(row)
    }
  }

  #watch(): void {
    const used = this.#child.pid === undefined ? undefined : usageOf(this.#child.pid)
    if (used === undefined) return
    const { limits } = this.#options
    if (used.memoryMiB > limits.memoryMiB) this.#end('limit-memory')
    else if (used.cpuMs > limits.cpuMs + LIMITS.killMs) this.#end('limit-cpu')
  }

  #end(code: ErrorCode): void {
    if (this.#ended !== undefined || this.#outcome !== undefined) return
    this.#ended = code
    this.#child.kill('SIGKILL')
  }

  #judge(complaint: string): RunResult {
    const rows = this.#rows
    if (this.#ended === 'cancelled') return { ...early('cancelled', 'cancelled', 'The run was cancelled.') }
    if (this.#ended !== undefined) {
      const found = rows.length > 0
      return {
        state: 'limit',
        code: this.#ended,
        verdict: verdictOf(found, { seen: 0, unreadable: 0, skipped: 0 }, true),
        rows,
        truncated: true
      }
    }
    if (this.#failure !== undefined) return early('error', this.#failure.code, this.#failure.message)
    if (this.#outcome === undefined)
      return early(
        'error',
        'module-failed',
        `The child ended without an answer. ${complaint.trim().split('\n').at(-1) ?? ''}`.slice(0, 500)
      )
    const { found, coverage, limit, counts, errors } = this.#outcome
    const ended = {
      coverage,
      counts,
      errors,
      rows,
      verdict: verdictOf(found || rows.length > 0, coverage, limit !== undefined)
    }
    return limit === undefined
      ? { state: 'done', ...ended, truncated: false }
      : { state: 'limit', code: limit, ...ended, truncated: true }
  }
}

const lower = (pid: number): void => {
  try {
    setPriority(pid, 19)
  } catch {
    // It has ended already.
  }
}

const count = (value: unknown): number =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0

const counts = (value: unknown): Record<string, number> =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .slice(0, 256)
          .map(([name, n]) => [name.slice(0, 64), count(n)])
      )
    : {}

/** A child's outcome as hostile input: what has no form counts as nothing seen. */
const readOutcome = (value: unknown): Outcome => {
  const outcome = (typeof value === 'object' && value !== null ? value : {}) as Partial<Outcome>
  const { seen, unreadable, skipped } = (outcome.coverage ?? {}) as Partial<Coverage>
  return {
    found: outcome.found === true,
    coverage: { seen: count(seen), unreadable: count(unreadable), skipped: count(skipped) },
    counts: counts(outcome.counts),
    errors: counts(outcome.errors),
    ...(typeof outcome.limit === 'string' && {
      limit: isErrorCode(outcome.limit) ? outcome.limit : 'module-failed'
    })
  }
}
