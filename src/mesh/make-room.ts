import { randomInt } from 'node:crypto'
import { LIMITS } from '../limits.ts'
import { abortAll, isConnected } from './connections.ts'
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
    ({ role, peer }) => role === 'agent' && !dialled.has(peer) && peer !== newcomer && isConnected(node, peer)
  )
  // Several may have come at once, each before the others' connections stood.
  while (others.length >= LIMITS.inboundAgents) {
    const [out] = others.splice(randomInt(others.length), 1)
    abortAll(node, out!.peer, 'its place is given to another')
  }
}
