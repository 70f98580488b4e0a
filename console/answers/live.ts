import { makeProgress } from '../../src/cli/progress.ts'
import type { Connected } from '../connect.ts'
import { followAll } from './feed.ts'
import type { OpenCase } from './standing.ts'
import { tally } from './tally.ts'

export interface LiveOptions {
  /** How long to wait for those who say nothing, in ms. */
  readonly waitMs: number
  /** Aborting leaves the question running. */
  readonly signal: AbortSignal
  readonly quiet: boolean
}

/** Follows the answers of a case as they come, until everyone who is there has ended, the wait is over or the signal comes. True where it was left. */
export const followLive = async (
  connected: Connected,
  open: OpenCase,
  options: LiveOptions
): Promise<boolean> => {
  const progress = makeProgress()
  const stop = new AbortController()
  const operations = open.action.operations.map(({ id }) => id)
  const here = new Set(open.hosts.filter(host => host.connected).map(({ peer }) => peer))
  const look = () => {
    const { hosts, verdicts } = tally(open.targeted, open.file.answers(), operations)
    const ended = hosts.filter(({ state }) => state !== 'silent' && state !== 'running')
    if (!options.quiet)
      progress.update(
        `${ended.length} of ${hosts.length} answered    yes ${verdicts.yes.length} | no ${verdicts.no.length} | partial ${verdicts.partial.length}`
      )
    const waiting = hosts.filter(
      ({ state, peer, late }) =>
        (state === 'silent' || state === 'running') && !late && (here.size === 0 || here.has(peer))
    )
    if (hosts.length > 0 && waiting.length === 0) stop.abort()
  }
  const timer = setTimeout(() => stop.abort(), options.waitMs)
  const leave = () => stop.abort()
  options.signal.addEventListener('abort', leave, { once: true })
  connected.onAnswer(parcel => {
    open.file.take(parcel)
    look()
  })
  look()
  try {
    const nodes = await connected.nodes()
    const filter = { action: open.id, kinds: ['gumshoe/answer/1'] }
    if (nodes.length > 0)
      await Promise.race([
        followAll(nodes, filter, stop.signal, item => {
          open.file.take(item.parcel)
          look()
        }),
        ended(stop.signal)
      ])
    // Every feed broke off, or there was none: what comes directly still counts.
    if (!stop.signal.aborted) await ended(stop.signal)
  } finally {
    clearTimeout(timer)
    options.signal.removeEventListener('abort', leave)
    progress.done()
  }
  return options.signal.aborted
}

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise(done => {
    if (signal.aborted) done()
    else signal.addEventListener('abort', () => done(), { once: true })
  })
