import type { Host, Outcome, Row } from '../../spec.ts'
import { FoundRows } from '../found-rows.ts'
import { accountsOf } from '../host/accounts.ts'
import { WalkCount } from '../host/walked.ts'
import type { ProcProcess } from '../processes/proc-process.ts'
import { isGone, procOf } from '../processes/proc-read.ts'
import { allHold, UNASKED } from '../processes/process-checks.ts'
import { othersOfHost } from './host-processes.ts'
import { KernelMemory } from './kernel-memory.ts'
import { type CompiledMemory, compileMemory } from './memory-checks.ts'
import type { MemoryParams } from './memory-params.ts'
import { MemoryPass } from './memory-pass.ts'
import { memoryRows } from './memory-rows.ts'
import { MemoryTally } from './memory-tally.ts'
import { Pace } from './pace.ts'
import { ProcessMemory, type ReadableMemory } from './process-memory.ts'
import { hasSharedSwap, usesSwap } from './shared-swap.ts'

/** Looks into the memory of every process that a search is about, once for all searches. */
export async function* runMemory(params: MemoryParams, host: Host): AsyncGenerator<Row, Outcome> {
  const run = new Run(params, host)
  yield* params.kernel ? run.kernel() : run.processes()
  return run.outcome()
}

class Run {
  readonly #host: Host
  readonly #proc: string
  readonly #searches: readonly CompiledMemory[]
  readonly #count = new WalkCount()
  readonly #found: FoundRows
  readonly #pace: Pace
  readonly #pass: MemoryPass
  readonly #usesSwap: boolean
  /** The most rows of one search: a noisy one takes nothing from the others. */
  readonly #share: number
  readonly #rows = new Map<CompiledMemory, number>()
  /** Those whose share is full. */
  readonly #full = new Set<CompiledMemory>()

  constructor({ searches }: MemoryParams, host: Host) {
    this.#host = host
    this.#proc = procOf(host.root)
    this.#usesSwap = usesSwap(this.#proc)
    const accounts = accountsOf(host.root)
    this.#searches = searches.map(search => compileMemory(search, accounts))
    this.#found = new FoundRows(
      host,
      searches.map(({ label }) => label)
    )
    this.#pace = new Pace(this.#found)
    this.#pass = new MemoryPass(this.#searches, this.#found, this.#pace, host.limits.readBytes)
    this.#share = Math.max(1, Math.floor(host.limits.rows / searches.length))
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

  /** Throws `unsupported` where the kernel shows no memory of its own, and `permission`. */
  async *kernel(): AsyncGenerator<Row> {
    const tallies = this.#searches.map(search => new MemoryTally(search))
    const memory = new KernelMemory(this.#proc, this.#pass.options([]))
    this.#count.seen++
    yield* this.#look(memory, tallies, { pid: 0, name: Uint8Array.from(KERNEL) })
  }

  async *#process(process: ProcProcess): AsyncGenerator<Row> {
    this.#count.seen++
    const tallies = this.#wanting(process)
    if (tallies.length === 0) return
    const { stat, executable } = process
    const base: Row = { pid: stat.pid, name: new Uint8Array(stat.name) }
    if ('value' in executable && executable.value !== undefined)
      base['path'] = new Uint8Array(executable.value.path)
    if (tallies.every(({ compiled }) => compiled.checks.length === 0)) {
      if (process.isSame) yield* this.#tell(tallies, base)
      return
    }
    try {
      const memory = new ProcessMemory(process, this.#pass.options(tallies))
      if (this.#usesSwap && hasSharedSwap(process)) memory.missed.set('swapped-shared', 1)
      yield* this.#look(memory, tallies, base)
    } catch (error) {
      if (this.#host.signal.aborted) throw error
      // What has ended is nothing that a question could be about, and a thread of the kernel has no memory of its own.
      if (!isGone(error)) this.#count.missed(error)
    }
  }

  /** The searches that a process is one for. Where that can't be seen of one, its memory says nothing either. */
  #wanting(process: ProcProcess): MemoryTally[] {
    let unseen: unknown
    const wanting = this.#searches.filter(compiled => {
      const { pids } = compiled.search
      if (this.#full.has(compiled) || pids?.includes(process.stat.pid) === false) return false
      const held = allHold(compiled.process.checks, process, UNASKED)
      if ('value' in held) return held.value
      unseen ??= held.unseen
      return false
    })
    if (unseen !== undefined && process.isSame) this.#count.missed(unseen)
    return wanting.map(compiled => new MemoryTally(compiled))
  }

  async *#look(memory: ReadableMemory, tallies: readonly MemoryTally[], base: Row): AsyncGenerator<Row> {
    try {
      const seen = await this.#pass.look(memory, tallies)
      yield* this.#tell(tallies, base, memory, seen)
    } finally {
      memory.close()
    }
  }

  /** The rows of one process, and what could not be seen of it where that matters. */
  *#tell(
    tallies: readonly MemoryTally[],
    base: Row,
    memory?: ReadableMemory,
    toTheEnd = true
  ): Generator<Row> {
    const isWhole = memory === undefined || (toTheEnd && !memory.ended && memory.missed.size === 0)
    let unknown = false
    for (const tally of tallies) {
      const judgement = tally.judge(isWhole)
      unknown ||= judgement.unknown
      if (judgement.holds)
        for (const row of memoryRows(tally, judgement, base, memory)) if (this.#take(tally, row)) yield row
    }
    for (const why of memory?.missed.keys() ?? []) this.#count.note(why)
    if (!unknown || !toTheEnd) return
    if (memory!.missed.size > 0) this.#count.unreadable++
    else this.#count.note('not-found')
  }

  #take({ compiled }: MemoryTally, row: Row): boolean {
    const rows = this.#rows.get(compiled) ?? 0
    if (this.#full.has(compiled)) return false
    if (rows >= this.#share) {
      this.#full.add(compiled)
      if (this.#full.size === this.#searches.length) this.#found.end('limit-rows')
      return false
    }
    this.#rows.set(compiled, rows + 1)
    return this.#found.takeLate(compiled.search.label, row)
  }

  outcome(): Outcome {
    const outcome = this.#found.outcome(this.#count)
    return this.#full.size > 0 ? { limit: 'limit-rows', ...outcome } : outcome
  }
}

const KERNEL = Buffer.from('kernel')
