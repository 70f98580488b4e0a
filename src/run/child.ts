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
  const job = await readJob(input)
  lowerPriority()
  try {
    await say({ word: 'done', outcome: await work(job, say) })
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

/** The first line; when the input ends, the parent has gone and nobody wants to know any more. */
const readJob = (input: Readable): Promise<Job> =>
  new Promise((take, failed) => {
    let text = ''
    input.setEncoding('utf8')
    input.on('data', chunk => {
      text += chunk
      const end = text.indexOf('\n')
      if (end >= 0) take(JSON.parse(text.slice(0, end)) as Job)
    })
    input.once('end', () => {
      failed(new GumshoeError('usage', 'The role child is for the program itself.'))
      if (input === process.stdin) process.exit(1)
    })
  })

const work = async (job: Job, say: Say): Promise<Outcome> => {
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
    const files = await fileCalls()
    const rows = spec.run(params, { root, signal: stop.signal, limits, asOf, files, agent })
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
