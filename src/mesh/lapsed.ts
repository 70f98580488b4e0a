import type { Members } from './members.ts'

/** A peer that dialled us and has not been heard for so many pulses is gone. */
const SILENT_PULSES = 4
/** Whose gossip has not come up in so many pulses would never hear a question: another connection may do better. */
const DEAF_PULSES = 4

export interface LookInit {
  readonly members: Members
  readonly connected: (peer: string) => boolean
  /** Peers that gossip flows with. */
  readonly hearing: ReadonlySet<string>
  /** Members without gossip, and for how many looks. */
  readonly deafBefore: ReadonlyMap<string, number>
  /** Peers that we dialled: we ask them, so they need not speak. */
  readonly dialled: ReadonlySet<string>
  /** Wall time in ms. */
  readonly now: number
  readonly pulseMs: number
}

export interface Look {
  /** They passed the door, and their connection never came about. */
  readonly forget: readonly string[]
  /** Their voucher is over, they are silent, or their gossip has ended by itself. */
  readonly end: readonly string[]
  readonly deaf: ReadonlyMap<string, number>
}

/** Looks at every member at each pulse: who has lapsed, and how. */
export const lapsed = ({
  members,
  connected,
  hearing,
  deafBefore,
  dialled,
  now,
  pulseMs
}: LookInit): Look => {
  const forget: string[] = []
  const end: string[] = []
  const deaf = new Map<string, number>()
  for (const caller of members.all()) {
    const { peer } = caller
    const silence = members.silence(peer)
    if (!connected(peer)) {
      if (silence > pulseMs) forget.push(peer)
      continue
    }
    if (!hearing.has(peer)) deaf.set(peer, (deafBefore.get(peer) ?? 0) + 1)
    const over = caller.role === 'console' && caller.until < now
    const silent = !dialled.has(peer) && silence > SILENT_PULSES * pulseMs
    if (over || silent || (deaf.get(peer) ?? 0) > DEAF_PULSES) end.push(peer)
  }
  return { forget, end, deaf }
}
