import { systemClock } from '../clock.ts'
import { codeOf, type ErrorCode, isErrorCode } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { sizeOf } from '../modules/lib/run-limits.ts'
import type { ModuleSpec, Outcome, Part, Room, Row } from '../modules/spec.ts'
import { readOutcome } from './outcome.ts'
import { readPart } from './parts.ts'
import { spawnRole } from './role.ts'
import { fromChannel } from './rows.ts'
import { readBytesOf, usageOf } from './usage.ts'
import { type ChildWord, type Job, lineCutter, type ParentWord } from './words.ts'

/** All that came of one child. */
export interface Ended {
  readonly rows: readonly Row[]
  /** What the module itself says of its end. */
  readonly outcome?: Outcome
  /** Why we ended it, if we did. */
  readonly stopped?: ErrorCode
  readonly failure?: { readonly code: ErrorCode; readonly message: string }
}

export interface HoldOptions {
  /** Aborting ends the child with `cancelled`. */
  readonly signal?: AbortSignal | undefined
  /** The launcher to start the child from; our own program's by default. */
  readonly entry?: string | undefined
  /** What the parameters name by its hash. */
  readonly attachments?: ReadonlyMap<string, Uint8Array> | undefined
  /** For a job that stands. */
  readonly standing?: Stands | undefined
  /** Told every so often how far it is. */
  readonly underWay?: UnderWay | undefined
}

/** For whoever waits at a terminal. */
export type UnderWay = (far: {
  readonly ms: number
  readonly rows: number
  readonly readBytes: number
}) => void

/** What a run that stands does with what it tells, and when it ends. */
export interface Stands {
  /** Resolves to the room of the next part as soon as that may come. Where it fails, so does the run. */
  take(part: Part): Promise<Room>
  /** Aborting lets the child tell what it has noticed, and ends it. */
  readonly end: AbortSignal
}

const HOUR_MS = 3_600_000
const POLL_MS = 100
/** A run that stands is watched for days. */
const STANDING_POLL_MS = 1_000
/** A child that is not gone by then after kill -9 waits in the kernel, for a disk that does not answer: nobody waits with it (threats.md, T10). */
const STUCK_MS = 5_000
const MESSAGE = 500
/** What rows cost on the channel beyond what they are: base64, names, JSON. */
const OVERHEAD = 3

/** One child with one job, within its limits, from its start until it is gone. Never rejects. */
export const hold = (
  spec: ModuleSpec,
  job: Omit<Job, 'attachments'>,
  options: HoldOptions = {}
): Promise<Ended> => new Held(spec, job, options).gone

class Held {
  readonly gone: Promise<Ended>
  readonly #spec: ModuleSpec
  readonly #job: Job
  readonly #attachments: readonly (readonly [string, Uint8Array])[]
  readonly #child: ReturnType<typeof spawnRole>
  readonly #rows: Row[] = []
  readonly #timers: NodeJS.Timeout[] = []
  readonly #left = Promise.withResolvers<void>()
  #bytes = 0
  #cpuAtStart = 0
  readonly #underWay: UnderWay | undefined
  #readAtStart = 0
  #began = false
  readonly #standing: Stands | undefined
  /** Of the part that is awaited; undefined while one is being written. */
  #room: Room | undefined
  #begun = 0
  #outcome: Outcome | undefined
  #stopped: ErrorCode | undefined
  #failure: Ended['failure']

  constructor(
    spec: ModuleSpec,
    job: Omit<Job, 'attachments'>,
    { entry, signal, attachments, standing, underWay }: HoldOptions
  ) {
    this.#spec = spec
    this.#attachments = [...(attachments ?? [])]
    const named = this.#attachments.map(([attachment, { length }]) => ({ attachment, bytes: length }))
    this.#job = { ...job, attachments: named }
    this.#standing = standing
    this.#underWay = underWay
    this.#room = job.standing?.room
    this.#child = spawnRole('fence', spec.looks?.(job.params) ?? 'files', entry)
    this.gone = this.#live(signal)
  }

  async #live(signal: AbortSignal | undefined): Promise<Ended> {
    const child = this.#child
    let complaint = ''
    child.stderr.on('data', chunk => (complaint = (complaint + chunk).slice(-MESSAGE)))
    const stands = this.#standing !== undefined
    const most = this.#job.limits.outputBytes + (stands ? LIMITS.standingStateBytes : 0)
    const cut = lineCutter(most * OVERHEAD + LIMITS.frameBytes, line => this.#hear(line))
    child.stdout.on('data', chunk => {
      if (!cut(chunk)) this.#fail('module-failed', 'The child said more at once than it may.')
    })
    // It may end before it has read its job.
    child.stdin.on('error', () => undefined)
    this.#after(LIMITS.childStartMs, () => this.#fail('module-failed', 'The child did not start in time.'))
    const poll = setInterval(() => this.#watch(), stands ? STANDING_POLL_MS : POLL_MS)
    const cancel = () => this.#stop('cancelled')
    signal?.addEventListener('abort', cancel, { once: true })
    if (signal?.aborted) cancel()
    await new Promise<void>(gone => {
      child.once('error', error => {
        complaint = error.message
        gone()
      })
      child.once('close', () => gone())
      void this.#left.promise.then(gone)
    })
    clearInterval(poll)
    for (const timer of this.#timers) clearTimeout(timer)
    signal?.removeEventListener('abort', cancel)
    return this.#end(complaint)
  }

  #end(complaint: string): Ended {
    const rows = this.#rows
    if (this.#failure !== undefined) return { rows, failure: this.#failure }
    if (this.#outcome !== undefined) return { rows, outcome: this.#outcome }
    if (this.#stopped !== undefined) return { rows, stopped: this.#stopped }
    const said = complaint.trim().split('\n').at(-1) ?? ''
    const message = `The child ended without an answer. ${said}`.trim().slice(0, MESSAGE)
    return { rows, failure: { code: 'module-failed', message } }
  }

  get #over(): boolean {
    return this.#stopped !== undefined || this.#outcome !== undefined || this.#failure !== undefined
  }

  #hear(line: string): void {
    if (this.#over) return
    const word = readWord(line)
    if (word?.word === 'ready') this.#begin()
    else if (word?.word === 'rows' && this.#began && Array.isArray(word.rows)) this.#take(word.rows)
    else if (word?.word === 'part' && this.#began && this.#room !== undefined)
      void this.#takePart(word.part, this.#room)
    else if (word?.word === 'done' && this.#began) {
      this.#outcome = readOutcome(word.outcome)
      // Nothing that it says from here on counts, and it may not stay.
      this.#after(LIMITS.killMs, () => this.#kill())
    } else if (word?.word === 'failed')
      this.#fail(isErrorCode(word.code) ? word.code : 'module-failed', String(word.message))
    else this.#fail('module-failed', 'The child said something that is no word of it.')
  }

  /** Its time begins when it is ready: a loaded host is slow to start a process. */
  #begin(): void {
    if (this.#began) return
    this.#began = true
    clearTimeout(this.#timers[0])
    this.#cpuAtStart = this.#used()?.cpuMs ?? 0
    this.#begun = systemClock.monotonic()
    if (this.#underWay) this.#readAtStart = this.#readBytes
    this.#child.stdin.write(`${JSON.stringify(this.#job)}\n`)
    for (const [, bytes] of this.#attachments) this.#child.stdin.write(bytes)
    if (this.#standing === undefined)
      this.#after(this.#job.limits.wallMs + LIMITS.killMs, () => this.#stop('limit-wall'))
    else this.#endWith(this.#standing.end)
  }

  #endWith(signal: AbortSignal): void {
    const end = () => {
      this.#tell({ word: 'end' })
      this.#after(LIMITS.standingEndMs, () => this.#stop('limit-wall'))
    }
    if (signal.aborted) end()
    else {
      signal.addEventListener('abort', end, { once: true })
      void this.gone.then(() => signal.removeEventListener('abort', end))
    }
  }

  #tell(word: ParentWord): void {
    this.#child.stdin.write(`${JSON.stringify(word)}\n`)
  }

  /** One part at a time: the next one may come when this one is written. */
  async #takePart(told: unknown, room: Room): Promise<void> {
    this.#room = undefined
    const part = readPart(told, this.#spec, room)
    if (part === undefined)
      return this.#fail('module-failed', 'The child told a part that its module may not.')
    try {
      const next = await this.#standing!.take(part)
      this.#room = next
      if (!this.#over) this.#tell({ word: 'go', room: next })
    } catch (error) {
      this.#fail(codeOf(error), error instanceof Error ? error.message : '')
    }
  }

  /** Of a run that stands, what it may have used by now: the whole at once, and as much again each hour. */
  get #cpuMs(): number {
    const { cpuMs } = this.#job.limits
    if (this.#standing === undefined) return cpuMs
    return cpuMs * (1 + (systemClock.monotonic() - this.#begun) / HOUR_MS)
  }

  #take(rows: readonly unknown[]): void {
    const { limits } = this.#job
    for (const entry of rows) {
      if (this.#over) return
      const row = fromChannel(entry, this.#spec)
      const size = row === undefined ? 0 : sizeOf(row)
      if (row === undefined)
        this.#fail('module-failed', 'The child sent a row that its module may not yield.')
      else if (this.#rows.length >= limits.rows) this.#stop('limit-rows')
      else if (this.#bytes + size > limits.outputBytes) this.#stop('limit-bytes')
      else {
        this.#bytes += size
        this.#rows.push(row)
      }
    }
  }

  #watch(): void {
    const used = this.#used()
    if (used === undefined) return
    const { limits } = this.#job
    if (used.memoryMiB > limits.memoryMiB) this.#stop('limit-memory')
    else if (this.#began && used.cpuMs - this.#cpuAtStart > this.#cpuMs + LIMITS.killMs)
      this.#stop('limit-cpu')
    if (!this.#began || this.#over) return
    this.#underWay?.({
      ms: systemClock.monotonic() - this.#begun,
      rows: this.#rows.length,
      readBytes: this.#readBytes - this.#readAtStart
    })
  }

  get #readBytes(): number {
    return this.#child.pid === undefined ? 0 : readBytesOf(this.#child.pid)
  }

  #used(): ReturnType<typeof usageOf> {
    return this.#child.pid === undefined ? undefined : usageOf(this.#child.pid)
  }

  #stop(code: ErrorCode): void {
    if (this.#over) return
    this.#stopped = code
    this.#kill()
  }

  #fail(code: ErrorCode, message: string): void {
    if (this.#over) return
    this.#failure = { code, message: message.slice(0, MESSAGE) }
    this.#kill()
  }

  #kill(): void {
    this.#child.kill('SIGKILL')
    // What still is in the pipes is no longer wanted.
    this.#child.stdout.destroy()
    this.#child.stderr.destroy()
    this.#after(STUCK_MS, () => {
      this.#child.stdin.destroy()
      this.#child.unref()
      this.#left.resolve()
    })
  }

  #after(ms: number, act: () => void): void {
    this.#timers.push(setTimeout(act, ms))
  }
}

/** A line as one of the child's words, without a look at what is in it; undefined where it is none. */
const readWord = (line: string): ChildWord | undefined => {
  try {
    const word: unknown = JSON.parse(line)
    return typeof word === 'object' && word !== null && 'word' in word ? (word as ChildWord) : undefined
  } catch {
    return undefined
  }
}
