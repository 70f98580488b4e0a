import type { Readable, Writable } from 'node:stream'
import { systemClock } from '../clock.ts'
import { codeOf, GumshoeError } from '../errors.ts'
import { findModule } from '../modules/index.ts'
import type { Outcome } from '../modules/spec.ts'
import { fileCalls } from './file-calls.ts'
import { lowerPriority } from './priority.ts'
import { type ChannelRow, toChannel } from './rows.ts'
import type { ChildWord, Job } from './words.ts'

const BATCH = 200
const LOOK_MS = 50

/**
 * The role `child`: takes one job from its input, runs its module, says rows and the outcome, ends. It holds no key, knows
 * no mesh and loads neither. Resolves to its exit status.
 */
export const runChild = async (
  input: Readable = process.stdin,
  output: Writable = process.stdout
): Promise<number> => {
  const say = sayerTo(output)
  await say({ word: 'ready' })
  const asked = await readJob(input)
  lowerPriority()
  try {
    await say({ word: 'done', outcome: await work(asked, say) })
    return 0
  } catch (error) {
    await say({
      word: 'failed',
      code: codeOf(error),
      message: error instanceof Error ? error.message.slice(0, 500) : 'unknown'
    })
    return 1
  }
}

type Say = (word: ChildWord) => Promise<void>

/** Resolves when the parent's end took it, which holds a fast module back. */
const sayerTo =
  (output: Writable): Say =>
  word =>
    new Promise((done, failed) =>
      output.write(`${JSON.stringify(word)}\n`, error => (error ? failed(error) : done()))
    )

interface Asked {
  readonly job: Job
  readonly attachments: ReadonlyMap<string, Uint8Array>
}

/** The first line and the attachments behind it; when the input ends, the parent has gone and nobody wants to know any more. */
const readJob = (input: Readable): Promise<Asked> =>
  new Promise((take, failed) => {
    let chunks: Buffer[] = []
    let job: Job | undefined
    let wanted = 0
    input.on('data', (chunk: Buffer) => {
      const end = job === undefined ? chunk.indexOf(NEWLINE) : -1
      chunks.push(end < 0 ? chunk : chunk.subarray(0, end))
      if (end >= 0) {
        job = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Job
        wanted = job.attachments.reduce((sum, { bytes }) => sum + bytes, 0)
        chunks = [chunk.subarray(end + 1)]
      }
      if (job === undefined || lengthOf(chunks) < wanted) return
      take({ job, attachments: cut(Buffer.concat(chunks), job.attachments) })
      chunks = []
    })
    input.once('end', () => {
      failed(new GumshoeError('usage', 'The role child is for the program itself.'))
      if (input === process.stdin) process.exit(1)
    })
  })

const NEWLINE = 0x0a

const lengthOf = (chunks: readonly Buffer[]): number => chunks.reduce((sum, { length }) => sum + length, 0)

const cut = (bytes: Buffer, attachments: Job['attachments']): Map<string, Uint8Array> => {
  let at = 0
  return new Map(
    attachments.map(one => {
      const from = at
      at += one.bytes
      return [one.attachment, bytes.subarray(from, at)]
    })
  )
}

const work = async ({ job, attachments }: Asked, say: Say): Promise<Outcome> => {
  const spec = findModule(job.module)
  if (spec === undefined) throw new GumshoeError('unknown-module', `There is no module ${job.module}.`)
  const params = spec.params.parse(job.params)
  const stop = new AbortController()
  const started = systemClock.monotonic()
  const before = cpuMs()
  const look = setInterval(() => {
    if (systemClock.monotonic() - started > job.limits.wallMs)
      stop.abort(new GumshoeError('limit-wall', 'The wall-time limit is reached.'))
    else if (cpuMs() - before > job.limits.cpuMs)
      stop.abort(new GumshoeError('limit-cpu', 'The CPU limit is reached.'))
  }, LOOK_MS)
  try {
    const { root, limits, asOf, agent } = job
    const attachment = (sha256: string): Uint8Array => {
      const bytes = attachments.get(sha256)
      if (bytes === undefined) throw new GumshoeError('attachment-missing', `There is no ${sha256} here.`)
      return bytes
    }
    const files = await fileCalls()
    const rows = spec.run(params, { root, signal: stop.signal, limits, asOf, files, agent, attachment })
    let batch: ChannelRow[] = []
    for (;;) {
      const next = await rows.next()
      if (next.done) {
        if (batch.length > 0) await say({ word: 'rows', rows: batch })
        return next.value
      }
      batch.push(toChannel(next.value))
      if (batch.length >= BATCH) {
        await say({ word: 'rows', rows: batch })
        batch = []
      }
    }
  } finally {
    clearInterval(look)
  }
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
