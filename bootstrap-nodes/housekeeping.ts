import { type Clock, parseTime } from '../src/clock.ts'
import { ACTION_KINDS } from '../src/documents/action.ts'
import { decodeEnvelope } from '../src/documents/envelope.ts'
import { read, readAction } from '../src/documents/read.ts'
import { codeOf } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Log } from '../src/log.ts'
import type { Documents } from '../src/store/documents.ts'
import type { Watermark } from '../src/store/watermark.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import { DAY_MS } from '../src/trust/person-rates.ts'
import type { Attachments } from './attachments.ts'
import type { OpenActions } from './open-actions.ts'
import { isOver } from './over.ts'

export interface HousekeepingComponents {
  readonly clock: Clock
  readonly chain: CharterChain
  readonly documents: Documents
  readonly open: OpenActions
  readonly attachments: Pick<Attachments, 'purge'>
  readonly watermark: Watermark
  readonly log: Log
}

/**
 * Removes actions that ended longer ago than the policy keeps answers, with all that concerns them, and cancels of what was
 * never kept when nothing by that name can come any more. Returns how many actions.
 */
export const applyRetention = async (
  { clock, chain, documents, open }: Pick<HousekeepingComponents, 'clock' | 'chain' | 'documents' | 'open'>,
  signal: AbortSignal
): Promise<number> => {
  const keptMs = chain.current.charter.policy.retentionDays * DAY_MS
  const filter = { kinds: [...ACTION_KINDS, 'gumshoe/cancel/1'], untilNow: true }
  const over: string[] = []
  for await (const item of documents.follow(filter, [], signal)) {
    if ('caughtUp' in item) break
    const { bytes } = decodeEnvelope(item.parcel.envelope)
    if (item.kind === 'gumshoe/cancel/1') {
      const cancel = read(bytes, 'gumshoe/cancel/1')
      if (isOver(cancel, clock.now()) && !(await documents.has(cancel.action))) over.push(cancel.action)
      continue
    }
    const { expires } = readAction(bytes)
    if (clock.now() > parseTime(expires) + keptMs) over.push(item.id)
  }
  for (const id of new Set(over)) {
    if (signal.aborted) break
    await documents.forget(id)
    open.forget(id)
  }
  if (over.length > 0) await documents.sweep(signal)
  return over.length
}

/** What a node does for its store while it runs: retention, the ballast, and once a week a look at every record. */
export const keepHouse = async (components: HousekeepingComponents, signal: AbortSignal): Promise<void> => {
  const { clock, documents, attachments, watermark, log } = components
  let scrubbed = clock.monotonic()
  while (!signal.aborted) {
    try {
      const actions = await applyRetention(components, signal)
      if (actions > 0) log('info', 'retention', { actions })
      await attachments.purge()
      watermark.layBallast()
      if (clock.monotonic() - scrubbed >= LIMITS.scrubMs) {
        await documents.scrub(signal)
        await documents.sweep(signal)
        scrubbed = clock.monotonic()
        log('info', 'scrubbed', { documents: documents.count, missing: documents.missing().length })
      }
    } catch (error) {
      log('warn', 'housekeeping-failed', { code: codeOf(error), error: String(error) })
    }
    await clock.sleep(LIMITS.retentionMs, signal, true).catch(() => undefined)
  }
}
