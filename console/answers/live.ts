import { makeProgress } from '../../src/cli/progress.ts'
import type { Parcel } from '../../src/mesh/sync/ports.ts'
import type { Connected } from '../connect.ts'
import { followAll } from './feed.ts'
import { fleetOf } from './hosts.ts'
import type { OpenCase } from './standing.ts'
import { type Tally, tally } from './tally.ts'

export interface LiveOptions {
  /** How long to wait for those who say nothing, in ms; undefined: until everybody has ended. */
  readonly waitMs: number | undefined
  /** Aborting leaves the question running. */
  readonly signal: AbortSignal
  readonly quiet: boolean
  /** Told whenever something has come. */
  readonly looked?: (tally: Tally) => void
}

/** A host that was enrolled after we looked: how often to look again while its answers wait. */
const LOOK_AGAIN_MS = 2_000
/** Answers that come within this are counted together. */
const LOOK_MS = 50

/** Follows the answers of a case as they come, until everyone who is there has ended, the wait is over or the signal comes. True where it was left. */
export const followLive = async (
  connected: Connected,
  open: OpenCase,
  options: LiveOptions
): Promise<boolean> => {
  const { clock } = connected.context
  const progress = makeProgress()
  const stop = new AbortController()
  const operations = open.action.operations.map(({ id }) => id)
  const here = new Set(open.hosts.filter(host => host.connected).map(({ peer }) => peer))
  const look = () => {
    const counted = tally(open.targeted, open.file.answers(), operations)
    const { hosts, verdicts } = counted
    options.looked?.(counted)
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
  let lookedAgain = clock.monotonic()
  const meetStrangers = async (): Promise<void> => {
    if (open.file.strangers.length === 0 || clock.monotonic() - lookedAgain < LOOK_AGAIN_MS) return
    lookedAgain = clock.monotonic()
    open.file.admit((await fleetOf(connected)).members)
    look()
  }
  let soon: NodeJS.Timeout | undefined
  const take = (parcel: Parcel) => {
    open.file.take(parcel)
    // A thousand answers in a second are looked at some twenty times, not a thousand.
    soon ??= setTimeout(() => {
      soon = undefined
      look()
    }, LOOK_MS)
    void meetStrangers().catch(() => undefined)
  }
  const { waitMs } = options
  const timer = waitMs === undefined ? undefined : setTimeout(() => stop.abort(), waitMs)
  const leave = () => stop.abort()
  options.signal.addEventListener('abort', leave, { once: true })
  if (options.signal.aborted) stop.abort()
  const stopTaking = connected.onAnswer(take)
  look()
  try {
    const filter = { action: open.id, kinds: ['gumshoe/answer/1'] }
    await followAll(connected, filter, stop.signal, ({ parcel }) => take(parcel))
  } finally {
    clearTimeout(timer)
    clearTimeout(soon)
    stopTaking()
    options.signal.removeEventListener('abort', leave)
    progress.done()
  }
  return options.signal.aborted
}
