import type { Presence } from '../../src/documents/answer.ts'
import type { KnownHost } from './known-host.ts'

type Head = Presence['head']

/** How long a host is marked after two machines were last seen to speak as it: both send a presence every few minutes. */
const MARKED_MS = 24 * 60 * 60_000

/** A chain of answers only grows: who says a shorter one later, or another one of the same length, is not who spoke before. */
const isOther = (before: Head, after: Head): boolean =>
  before !== undefined &&
  (after === undefined || after.seq < before.seq || (after.seq === before.seq && after.id !== before.id))

/**
 * True where these presences of one peer id, all signed with its key, can't be of one machine. A restored snapshot looks
 * the same until it has caught up, and says `rolled-back` itself.
 */
export const speakForTwo = (presences: readonly Presence[]): boolean => {
  const ordered = presences
    .filter(({ state }) => state !== 'rolled-back')
    .sort((a, b) => a.counter - b.counter || a.time - b.time)
  return ordered.some((after, i) => i > 0 && isOther(ordered[i - 1]!.head, after.head))
}

/**
 * Two machines that go on from one chain each find it ahead of their own, again and again, and say `rolled-back`; one
 * restored machine says so too, but its name and its addresses stay.
 */
const isElsewhere = (before: KnownHost, after: KnownHost): boolean => {
  const [was, is] = [before.facts, after.facts]
  if (was === undefined || is === undefined) return false
  if (after.state !== 'rolled-back' && before.state !== 'rolled-back') return false
  return was.hostname !== is.hostname || !was.addresses.some(address => is.addresses.includes(address))
}

/** The hosts with what was seen of them before: a clone is told by what one peer id says from one time to the next. */
export const withEarlier = (
  hosts: readonly KnownHost[],
  earlier: readonly KnownHost[],
  now: number
): KnownHost[] => {
  const before = new Map(earlier.map(host => [host.peer, host]))
  return hosts.map(host => {
    const last = before.get(host.peer)
    if (host.clonedAt !== undefined || last === undefined) return host
    const restored = [host, last].some(({ state }) => state === 'rolled-back')
    const shorter = !restored && host.time >= last.time && isOther(last.head, host.head)
    if (shorter || isElsewhere(last, host)) return { ...host, clonedAt: now }
    return last.clonedAt !== undefined && now - last.clonedAt < MARKED_MS
      ? { ...host, clonedAt: last.clonedAt }
      : host
  })
}
