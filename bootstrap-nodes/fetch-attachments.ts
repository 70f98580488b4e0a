import type { Clock } from '../src/clock.ts'
import type { Attachment } from '../src/documents/attachment.ts'
import { codeOf } from '../src/errors.ts'
import type { Log } from '../src/log.ts'
import { fetchAttachment } from '../src/mesh/sync/attachments.ts'
import type { SyncClient } from '../src/mesh/sync/ports.ts'
import type { Attachments } from './attachments.ts'

export interface FetchComponents {
  readonly clock: Clock
  readonly attachments: Pick<Attachments, 'missing' | 'keep'>
  /** The other bootstrap nodes that are connected now. */
  nodes(): Promise<readonly SyncClient[]>
  readonly log: Log
}

const keyOf = ({ attachment, bytes }: Attachment): string => `${attachment} ${bytes}`

const LOOK_MS = 1_000
/** What nobody has yet is asked for again after longer and longer pauses. */
const MOST_MS = 60_000

/** Fetches from other nodes what this node's open actions name and nobody has put here, until the signal. */
export const fetchMissing = async (components: FetchComponents, signal: AbortSignal): Promise<void> => {
  const { clock, attachments } = components
  const pauses = new Map<string, { readonly ms: number; readonly until: number }>()
  while (!signal.aborted) {
    const missing = attachments.missing()
    for (const key of pauses.keys()) if (!missing.some(named => keyOf(named) === key)) pauses.delete(key)
    for (const named of missing) {
      const pause = pauses.get(keyOf(named))
      if (signal.aborted || (pause && clock.monotonic() < pause.until)) continue
      if (await fetchFromAny(named, components)) continue
      const ms = Math.min(2 * (pause?.ms ?? LOOK_MS / 2), MOST_MS)
      pauses.set(keyOf(named), { ms, until: clock.monotonic() + ms })
    }
    await clock.sleep(LOOK_MS, signal, true).catch(() => undefined)
  }
}

/** True once it is kept; whoever sends something else is passed over. */
const fetchFromAny = async (
  named: Attachment,
  { attachments, nodes, log }: FetchComponents
): Promise<boolean> => {
  for (const node of await nodes())
    try {
      const whole = await fetchAttachment(node, named)
      if (whole === undefined) continue
      await attachments.keep(named, whole)
      log('info', 'attachment', { from: node.peer, bytes: named.bytes })
      return true
    } catch (error) {
      const code = codeOf(error)
      log(code === 'bad-attachment' ? 'warn' : 'debug', 'no-attachment', { from: node.peer, code })
    }
  return false
}
