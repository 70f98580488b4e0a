import { GumshoeError } from '../../../errors.ts'
import type { Host, Outcome, Row } from '../../spec.ts'
import { FoundRows } from '../found-rows.ts'
import { accountsOf } from '../host/accounts.ts'
import { WalkCount } from '../host/walked.ts'
import { othersOfHost } from '../memory/host-processes.ts'
import { whereOf } from '../memory/memory-rows.ts'
import { type Stretch, Stretches } from '../memory/memory-stretches.ts'
import type { MatchPlace } from '../memory/memory-tally.ts'
import { Pace } from '../memory/pace.ts'
import { ProcessMemory } from '../memory/process-memory.ts'
import { hasSharedSwap, usesSwap } from '../memory/shared-swap.ts'
import type { ProcProcess } from '../processes/proc-process.ts'
import { isGone, procOf } from '../processes/proc-read.ts'
import { allHold, type CompiledProcess, compileProcess, UNASKED } from '../processes/process-checks.ts'
import { compileRules } from './yara-compile.ts'
import type { YaraRules } from './yara-rules.ts'
import { textsOf } from './yara-sources.ts'
import type { YaramemParams } from './yaramem-params.ts'

/**
 * Rules over the memory of processes, stretch by stretch. A rule that never ends ends the child: what it found by then is
 * the answer.
 */
export async function* runYaramem(params: YaramemParams, host: Host): AsyncGenerator<Row, Outcome> {
  const { rules } = compileRules(textsOf(params.rules, host))
  const run = new Run(params, rules, host)
  yield* run.processes()
  return run.outcome()
}

/** What is read at once. */
const PIECE = 1 << 20
/** What a small piece costs beside its bytes, and judging one byte beside reading it. */
const LEAST = 16 * 1024
const JUDGED = 4

/** Where one rule holds in one process. */
interface Holding {
  matches: number
  stretches: number
  readonly places: MatchPlace[]
}

class Run {
  readonly #host: Host
  readonly #proc: string
  readonly #params: YaramemParams
  readonly #rules: YaraRules
  readonly #which: CompiledProcess
  readonly #count = new WalkCount()
  readonly #found: FoundRows
  readonly #pace: Pace
  readonly #budget: { left: number }
  readonly #into = Buffer.allocUnsafeSlow(PIECE)
  readonly #stretches = new Stretches()
  readonly #usesSwap: boolean

  constructor(params: YaramemParams, rules: YaraRules, host: Host) {
    this.#host = host
    this.#proc = procOf(host.root)
    this.#params = params
    this.#rules = rules
    const { pids: _, ...checks } = params.which ?? {}
    this.#which = compileProcess(checks, accountsOf(host.root))
    this.#found = new FoundRows(host, [])
    this.#pace = new Pace(this.#found)
    this.#budget = { left: host.limits.readBytes }
    this.#usesSwap = usesSwap(this.#proc)
  }

  async *processes(): AsyncGenerator<Row> {
    const others = othersOfHost({
      proc: this.#proc,
      most: this.#host.limits.entries,
      count: this.#count,
      found: this.#found,
      pace: this.#pace
    })
    for await (const process of others) yield* this.#process(process)
  }

  async *#process(process: ProcProcess): AsyncGenerator<Row> {
    this.#count.seen++
    if (!this.#isWanted(process)) return
    try {
      const memory = new ProcessMemory(process, { into: this.#into, carry: 0, budget: this.#budget })
      try {
        if (this.#usesSwap && hasSharedSwap(process)) memory.missed.set('swapped-shared', 1)
        const holding = await this.#judge(memory)
        yield* this.#tell(process, memory, holding)
      } finally {
        memory.close()
      }
    } catch (error) {
      if (this.#host.signal.aborted) throw error
      // What has ended is nothing that a question could be about, and a thread of the kernel has no memory of its own.
      if (!isGone(error)) this.#count.missed(error)
    }
  }

  #isWanted(process: ProcProcess): boolean {
    if (this.#params.which?.pids?.includes(process.stat.pid) === false) return false
    const held = allHold(this.#which.checks, process, UNASKED)
    if ('value' in held) return held.value
    if (process.isSame) this.#count.missed(held.unseen)
    return false
  }

  /** Which rules hold, as far as the limits let us see. */
  async #judge(memory: ProcessMemory): Promise<Map<string, Holding>> {
    const holding = new Map<string, Holding>()
    const stretches = this.#stretches
    const { cuts } = stretches
    try {
      for (const piece of memory.pieces()) {
        for (const stretch of stretches.take(piece, memory.mappingAt(piece.address)))
          if (!(await this.#scan(stretch, holding))) return holding
        if (!(await this.#pace.rest(Math.max(LEAST, piece.bytes.length)))) return holding
      }
      for (const stretch of stretches.end()) await this.#scan(stretch, holding)
    } catch (error) {
      if (!(error instanceof GumshoeError) || error.code !== 'limit-bytes') throw error
      this.#found.end(error.code)
    } finally {
      stretches.drop()
    }
    if (stretches.cuts > cuts) this.#count.skip('in-pieces')
    return holding
  }

  /** False where the run is over. */
  async #scan(stretch: Stretch, holding: Map<string, Holding>): Promise<boolean> {
    for (const { rule, matches, offset } of this.#rules.scan(stretch.bytes)) {
      const address = stretch.address + (offset ?? 0)
      const held = holding.get(rule) ?? { matches: 0, stretches: 0, places: [] }
      held.matches += matches
      held.stretches++
      if (held.places.length < (this.#params.places ?? 1))
        held.places.push({ address, mapping: stretch.mappingAt(address) })
      holding.set(rule, held)
    }
    return await this.#pace.rest(JUDGED * stretch.bytes.length)
  }

  /** The rows of one process, and what could not be seen of it. */
  *#tell(process: ProcProcess, memory: ProcessMemory, holding: ReadonlyMap<string, Holding>): Generator<Row> {
    const { stat, executable } = process
    const path = 'value' in executable ? executable.value?.path : undefined
    for (const [rule, { matches, stretches, places }] of holding)
      for (const place of places) {
        const row: Row = {
          rule,
          pid: stat.pid,
          name: new Uint8Array(stat.name),
          ...(path && { path: new Uint8Array(path) }),
          matches,
          stretches,
          ...whereOf(place, memory)
        }
        if (this.#found.takeLate(rule, row)) yield row
      }
    for (const why of memory.missed.keys()) this.#count.note(why)
    if (memory.missed.size > 0) this.#count.unreadable++
    if (memory.ended) this.#count.note('not-found')
  }

  outcome(): Outcome {
    return this.#found.outcome(this.#count)
  }
}
