import type { RunLimits } from '../documents/charter.ts'
import type { State, Verdict } from '../documents/vocabulary.ts'
import type { ErrorCode } from '../errors.ts'
import type { AboutAgent } from '../modules/lib/agentinfo/about-agent.ts'
import {
  type Coverage,
  type ModuleSpec,
  moduleId,
  type Remembered,
  type Room,
  type Row
} from '../modules/spec.ts'
import { assertPermit, type Permit } from '../trust/permit.ts'
import { type Ended, hold, type Stands, type UnderWay } from './held.ts'
import { neighbours6 } from './neighbours.ts'
import { toChannelRemembered } from './parts.ts'

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
  /** What the agent knows of itself, for the modules that ask for it. */
  readonly agent?: () => AboutAgent
  /** Aborting cancels the run. */
  readonly signal?: AbortSignal
  /** The launcher to start the child from; our own program's by default. */
  readonly entry?: string
  /** What the parameters name by its hash. */
  readonly attachments?: ReadonlyMap<string, Uint8Array>
  /** Told every so often how far the run is. */
  readonly underWay?: UnderWay
}

/** A `no` holds only where everything could be seen; a hit is a hit whatever else could not be read (design 4). */
export const verdictOf = (found: boolean, coverage: Coverage, limited: boolean): Verdict =>
  found ? 'yes' : limited || coverage.unreadable > 0 || coverage.skipped > 0 ? 'partial' : 'no'

interface Asked {
  readonly id: string
  readonly spec: ModuleSpec
  readonly params: Record<string, unknown>
}

/** Runs one module in a child of its own, within its limits. Never throws for what the module or the child does; `internal` without a permit. */
export const run = async (permit: Permit, operation: Asked, options: RunOptions): Promise<RunResult> => {
  const { spec, params } = operation
  assertPermit(permit, { id: operation.id, module: moduleId(spec), params })
  const unfit = unfitFor(spec, options.root)
  return unfit ?? judge(await hold(spec, await jobOf(spec, params, options), options))
}

export interface StandOptions extends RunOptions, Stands {
  /** What an earlier life remembered; undefined in the first. */
  readonly remembered?: readonly Remembered[] | undefined
  /** Of the first part. */
  readonly room: Room
}

/** Has a standing module go on in a child of its own; resolves, without rows, when it has ended. Otherwise as `run`. */
export const stand = async (permit: Permit, operation: Asked, options: StandOptions): Promise<RunResult> => {
  const { spec, params } = operation
  assertPermit(permit, { id: operation.id, module: moduleId(spec), params })
  const { remembered, room, end, take } = options
  const unfit = unfitFor(spec, options.root)
  if (unfit !== undefined) return unfit
  const standing = { room, ...(remembered && { remembered: toChannelRemembered(remembered) }) }
  const job = { ...(await jobOf(spec, params, options)), standing }
  return judge(await hold(spec, job, { ...options, standing: { end, take } }))
}

const jobOf = async (spec: ModuleSpec, params: unknown, { root, asOf, limits, agent }: RunOptions) => {
  const about = spec.aboutAgent && agent && { agent: agent() }
  const near = spec.neighbours?.(params) ? (await neighbours6())?.toString('base64') : undefined
  const handed = { ...about, ...(near !== undefined && { neighbours: near }) }
  return { module: moduleId(spec), params, root, asOf, limits, ...handed }
}

/** What a module can't answer for here. */
const unfitFor = (spec: ModuleSpec, root: string): RunResult | undefined => {
  if (!spec.anyRoot && root !== '/')
    return without(
      'error',
      'unsupported',
      `${spec.name} needs the live kernel, and this agent answers for ${root}.`
    )
  if (!spec.platforms.includes(process.platform))
    return without('error', 'unsupported', `${spec.name} does not run on ${process.platform}.`)
  return undefined
}

const without = (state: State, code: ErrorCode, message: string): RunResult => ({
  state,
  code,
  message,
  rows: [],
  truncated: false
})

const NOTHING_SEEN: Coverage = { seen: 0, unreadable: 0, skipped: 0 }

const judge = ({ rows, outcome, stopped, failure }: Ended): RunResult => {
  if (failure !== undefined) return without('error', failure.code, failure.message)
  if (stopped === 'cancelled') return without('cancelled', 'cancelled', 'The run was cancelled.')
  if (stopped !== undefined) {
    const verdict = verdictOf(rows.length > 0, NOTHING_SEEN, true)
    return { state: 'limit', code: stopped, verdict, rows, truncated: true }
  }
  const { found, coverage, limit, counts, errors } = outcome!
  const verdict = verdictOf(found || rows.length > 0, coverage, limit !== undefined)
  const ended = { coverage, counts, errors, rows, verdict }
  return limit === undefined
    ? { state: 'done', ...ended, truncated: false }
    : { state: 'limit', code: limit, ...ended, truncated: true }
}
