import { randomInt } from 'node:crypto'
import { LIMITS } from '../limits.ts'
import { abortAll } from './connections.ts'
import type { Node } from './libp2p.ts'
import type { Caller } from './sync/ports.ts'

/**
 * An agent lets in few others. Who comes when it is full takes the place of one chosen by lot: were he refused, the
 * sybils of one member could keep the honest out for ever (threats.md, T13).
 */
export const makeRoom = (
  node: Node,
  members: readonly Caller[],
  dialled: ReadonlySet<string>,
  newcomer: string
): void => {
  const others = members.filter(
    ({ role, peer }) => role === 'agent' && !dialled.has(peer) && peer !== newcomer
  )
  if (others.length < LIMITS.inboundAgents) return
  abortAll(node, others[randomInt(others.length)]!.peer, 'its place is given to another')
}
