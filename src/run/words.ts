import type { Attachment } from '../documents/attachment.ts'
import type { RunLimits } from '../documents/charter.ts'
import type { ErrorCode } from '../errors.ts'
import type { AboutAgent } from '../modules/lib/agentinfo/about-agent.ts'
import type { Outcome, Room } from '../modules/spec.ts'
import type { ChannelPart, ChannelRemembered } from './parts.ts'
import type { ChannelRow } from './rows.ts'

/** What the parent asks: one line of JSON, the only one that a child is told unless it stands; the bytes of the attachments follow, in their order. */
export interface Job {
  readonly module: string
  readonly params: unknown
  readonly root: string
  readonly asOf: number
  readonly limits: Required<RunLimits>
  readonly agent?: AboutAgent
  /** Base64 of what the kernel said of neighbours. */
  readonly neighbours?: string
  readonly attachments: readonly Attachment[]
  /** It is to go on and to tell parts; absent: one look. */
  readonly standing?: StandingJob
}

export interface StandingJob {
  readonly remembered?: readonly ChannelRemembered[]
  readonly room: Room
}

/** What a child that stands is told further, one line of JSON each: its part is written, or its time is over. */
export type ParentWord = { readonly word: 'go'; readonly room: Room } | { readonly word: 'end' }

/** What a child says, one line of JSON each: `ready` once, rows in batches or parts one by one, then how it ended. */
export type ChildWord =
  | { readonly word: 'ready' }
  | { readonly word: 'rows'; readonly rows: readonly ChannelRow[] }
  | { readonly word: 'part'; readonly part: ChannelPart }
  | { readonly word: 'done'; readonly outcome: Outcome }
  | { readonly word: 'failed'; readonly code: ErrorCode; readonly message: string }

const NEWLINE = 0x0a

/**
 * Cuts what comes through a pipe into lines without ever holding more than `most` bytes. Returns a taker of chunks, which
 * is false from a line on that is longer.
 */
export const lineCutter = (most: number, take: (line: string) => void): ((chunk: Buffer) => boolean) => {
  let parts: Buffer[] = []
  let held = 0
  return chunk => {
    let from = 0
    for (;;) {
      const at = chunk.indexOf(NEWLINE, from)
      const part = chunk.subarray(from, at < 0 ? chunk.length : at)
      held += part.length
      if (held > most) return false
      if (part.length > 0) parts.push(part)
      if (at < 0) return true
      const line = Buffer.concat(parts).toString('utf8')
      parts = []
      held = 0
      from = at + 1
      take(line)
    }
  }
}
