import type { RunLimits } from '../documents/charter.ts'
import { codeOf, type ErrorCode, GumshoeError } from '../errors.ts'
import { findModule } from '../modules/index.ts'
import type { Outcome } from '../modules/spec.ts'
import { type ChannelRow, toChannel } from './rows.ts'

/** What the parent asks; the only message to a child. */
export interface Job {
  readonly module: string
  readonly params: unknown
  readonly root: string
  readonly asOf: number
  readonly limits: Required<RunLimits>
}

/** What a child says: `ready` once, rows in batches, then how it ended. */
export type ChildWord =
  | { readonly word: 'ready' }
  | { readonly word: 'rows'; readonly rows: readonly ChannelRow[] }
  | { readonly word: 'done'; readonly outcome: Outcome }
  | { readonly word: 'failed'; readonly code: ErrorCode; readonly message: string }

const BATCH = 200
const LOOK_MS = 50

/** The role `child`: takes one job over the channel, runs its module, sends rows and the outcome, ends. It holds no key and knows no mesh. */
export const runChild = async (): Promise<number> => {
  if (process.send === undefined) throw new GumshoeError('usage', 'The role child is for the program itself.')
  const job = await new Promise<Job>(take => {
    process.once('message', message => take(message as Job))
    process.send!({ word: 'ready' } satisfies ChildWord)
  })
  process.once('disconnect', () => process.exit(1))
  try {
    await say({ word: 'done', outcome: await work(job) })
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

/** Resolves when the parent's end of the channel took it, which holds a fast module back. */
const say = (word: ChildWord): Promise<void> =>
  new Promise((done, failed) => process.send!(word, undefined, {}, error => (error ? failed(error) : done())))

const work = async (job: Job): Promise<Outcome> => {
  const spec = findModule(job.module)
  if (spec === undefined) throw new GumshoeError('unknown-module', `There is no module ${job.module}.`)
  const params = spec.params.parse(job.params)
  const stop = new AbortController()
  const started = performance.now()
  const look = setInterval(() => {
    const { user, system } = process.cpuUsage()
    if (performance.now() - started > job.limits.wallMs)
      stop.abort(new GumshoeError('limit-wall', 'The wall-time limit is reached.'))
    else if ((user + system) / 1_000 > job.limits.cpuMs)
      stop.abort(new GumshoeError('limit-cpu', 'The CPU limit is reached.'))
  }, LOOK_MS)
  try {
    const rows = spec.run(params, { root: job.root, signal: stop.signal, limits: job.limits, asOf: job.asOf })
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
