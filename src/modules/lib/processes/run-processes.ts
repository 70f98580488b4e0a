import { setImmediate as breathe } from 'node:timers/promises'
import { GumshoeError } from '../../../errors.ts'
import type { Host, Outcome, Row } from '../../spec.ts'
import { FoundRows } from '../found-rows.ts'
import { type Accounts, accountsOf } from '../host/accounts.ts'
import { reasonOf, WalkCount } from '../host/walked.ts'
import { algorithmOf } from '../match/hashes.ts'
import { readSockets, socketText } from '../network/proc-sockets.ts'
import { ExecutableDigests } from './executable-digest.ts'
import { ProcProcess, type Seen } from './proc-process.ts'
import { procOf } from './proc-read.ts'
import { bootTime, type ProcStat, startedAt } from './proc-stat.ts'
import { type CompiledProcess, compileProcess, type Surroundings } from './process-checks.ts'
import type { ProcessParams } from './process-params.ts'
import { ProcessTable, readTable } from './process-table.ts'
import { treeOf } from './process-tree.ts'

/** Processes between two breaths, so that timers and signals come through. */
const SLICE = 64

/** Looks at every process, the cheapest checks first, and no longer at one than it may still hold. */
export async function* runProcesses(params: ProcessParams, host: Host): AsyncGenerator<Row, Outcome> {
  const run = new Run(params, host)
  yield* run.rows()
  return run.outcome()
}

class Run {
  readonly #params: ProcessParams
  readonly #host: Host
  readonly #proc: string
  readonly #accounts: Accounts
  readonly #question: CompiledProcess
  readonly #table = new ProcessTable()
  readonly #count = new WalkCount()
  readonly #found: FoundRows
  readonly #boot: number | undefined
  readonly #budget: { left: number }
  readonly #digests: ExecutableDigests
  /** By the number of the network namespace, each read once; by inode of the socket. */
  readonly #networks = new Map<number, Seen<ReadonlyMap<number, Buffer>>>()

  constructor(params: ProcessParams, host: Host) {
    this.#params = params
    this.#host = host
    this.#proc = procOf(host.root)
    this.#accounts = accountsOf(host.root)
    this.#question = compileProcess(params, this.#accounts)
    this.#found = new FoundRows(host, [FOUND])
    this.#boot = bootTime(this.#proc)
    this.#budget = { left: host.limits.readBytes }
    this.#digests = new ExecutableDigests(algorithmsOf(params), this.#budget)
  }

  async *rows(): AsyncGenerator<Row> {
    await this.#readTable()
    const found = new Map<number, Row>()
    let since = 0
    for (const stat of this.#table.all) {
      if (++since % SLICE === 0) await breathe()
      if (this.#found.ended) return
      const row = this.#judge(stat)
      if (row === undefined) continue
      if (this.#params.tree) found.set(stat.pid, row)
      else if (this.#found.take(FOUND, row)) yield row
    }
    if (this.#params.tree && !this.#found.ended) yield* this.#tree(found)
  }

  async #readTable(): Promise<void> {
    const most = this.#host.limits.entries
    let since = 0
    try {
      for (const error of readTable(this.#proc, this.#table, most)) {
        if (error !== undefined) this.#missed(error)
        if (++since % SLICE === 0) await breathe()
        if (this.#found.ended) return
      }
      if (since >= most) this.#found.end('limit-entries')
    } catch (error) {
      // Without /proc nothing was seen at all, which is no `no`.
      this.#missed(new GumshoeError('unreadable', `There is no ${this.#proc}.`, { cause: error }))
    }
  }

  /** The row of one process that all checks hold of. What could not be seen matters only where the others hold. */
  #judge(stat: ProcStat): Row | undefined {
    const process = new ProcProcess(this.#proc, stat)
    this.#count.seen++
    let unseen: unknown
    for (const check of this.#question.checks) {
      const held = check(process, this.#around)
      if ('unseen' in held) unseen ??= held.unseen
      else if (!held.value) return undefined
    }
    if (this.#budget.left <= 0) this.#found.end('limit-bytes')
    const row = unseen === undefined ? this.#row(process) : undefined
    // A number that was given to another process meanwhile would mix two; this one ended, so there is nothing to tell of it.
    if (!process.isSame) return undefined
    if (unseen !== undefined) this.#missed(unseen)
    return row
  }

  readonly #around: Surroundings = {
    parentOf: stat => this.#table.parentOf(stat),
    startedAt: ({ stat }) =>
      this.#boot === undefined ? { unseen: NO_CLOCK } : { value: startedAt(this.#boot, stat) },
    digest: (process, algorithm) => {
      const seen = this.#digests.of(process)
      return 'unseen' in seen ? seen : { value: seen.value?.get(algorithm) }
    },
    socketTexts: process => {
      const { sockets, network } = process
      if ('unseen' in sockets) return sockets
      if (sockets.value.length === 0) return { value: [] }
      if ('unseen' in network) return network
      const known = this.#network(network.value, process.networkFiles)
      if ('unseen' in known) return known
      return { value: sockets.value.flatMap(inode => known.value.get(inode) ?? []) }
    }
  }

  #network(number: number, files: string): Seen<ReadonlyMap<number, Buffer>> {
    let known = this.#networks.get(number)
    if (known === undefined) {
      try {
        const texts = readSockets(files).map(
          socket => [socket.inode, Buffer.from(socketText(socket))] as const
        )
        known = { value: new Map(texts) }
      } catch (unseen) {
        known = { unseen }
      }
      this.#networks.set(number, known)
    }
    return known
  }

  /** What is told of one; a cell that could not be seen is left out. */
  #row(process: ProcProcess): Row {
    const { pid, parent, name, state } = process.stat
    const { uid, executable, cmdline } = process
    const row: Row = { pid, parent, name: new Uint8Array(name), state }
    if (this.#boot !== undefined) row['started'] = startedAt(this.#boot, process.stat)
    if ('value' in uid) row['user'] = this.#accounts.user(uid.value)
    if ('value' in cmdline) row['cmdline'] = new Uint8Array(cmdline.value)
    if ('value' in executable && executable.value !== undefined) {
      row['path'] = new Uint8Array(executable.value.path)
      row['deleted'] = executable.value.deleted
    }
    if (this.#params.sha256) {
      const digest = this.#around.digest(process, 'sha256')
      if ('value' in digest && digest.value !== undefined) row['sha256'] = digest.value
    }
    for (const { column, first } of this.#question.named) {
      const found = first(process, this.#around)
      if (found !== undefined) row[column] ??= column === 'socket' ? String(found) : new Uint8Array(found)
    }
    return row
  }

  *#tree(found: ReadonlyMap<number, Row>): Generator<Row> {
    for (const { stat, depth, relation } of treeOf(this.#table, new Set(found.keys()))) {
      const row = found.get(stat.pid) ?? this.#kin(stat)
      if (row === undefined) continue
      if (this.#found.take(FOUND, { ...row, depth, relation })) yield { ...row, depth, relation }
      if (this.#found.ended) return
    }
  }

  /** Undefined where it has ended since. */
  #kin(stat: ProcStat): Row | undefined {
    const process = new ProcProcess(this.#proc, stat)
    const row = this.#row(process)
    return process.isSame ? row : undefined
  }

  /** Something could not be seen, so that a `no` is not known; also what is not there, of a process that is. */
  #missed(error: unknown): void {
    this.#count.unreadable++
    this.#count.note(reasonOf(error))
  }

  outcome(): Outcome {
    return this.#found.outcome(this.#count)
  }
}

/** What rows are counted as. */
const FOUND = 'processes'

const NO_CLOCK = new Error('The system does not say when it started.')

const algorithmsOf = (params: ProcessParams): string[] => [
  ...new Set([
    ...(['md5', 'sha1', 'sha2', 'sha3'] as const).flatMap(family =>
      (params[family] ?? []).map(hex => algorithmOf(family, hex)!)
    ),
    ...(params.sha256 ? ['sha256'] : [])
  ])
]
