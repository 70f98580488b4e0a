import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { LIMITS } from '../../../src/limits.ts'
import type { Node } from '../../../src/mesh/libp2p.ts'
import { makeRoom } from '../../../src/mesh/make-room.ts'
import type { Caller } from '../../../src/mesh/sync/ports.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'

const agent = (): Caller => {
  const { peer } = makeIdentity(randomBytes(32))
  return { role: 'agent', peer, tags: [], grantId: '00'.repeat(32), leaf: false, membership: {} as never }
}
const agents = (count: number) => Array.from({ length: count }, agent)

/** A node with open connections to these, which ends them as libp2p does: the state at once, the event later. */
const nodeOf = (connected: readonly Caller[]) => {
  const status = new Map(connected.map(({ peer }) => [peer, 'open']))
  const getConnections = (peer: { toString(): string }) =>
    status.has(peer.toString())
      ? [{ status: status.get(peer.toString()), abort: () => status.set(peer.toString(), 'aborted') }]
      : []
  const open = () => [...status.values()].filter(state => state === 'open').length
  return { node: { getConnections } as unknown as Node, open }
}

test('who comes when an agent is full takes the place of one whose connection stands', () => {
  const inside = agents(LIMITS.inboundAgents + 1)
  const atTheDoor = agents(200)
  const { node, open } = nodeOf(inside)
  makeRoom(node, [...inside, ...atTheDoor], new Set(), inside[0]!.peer)
  assert.equal(open(), LIMITS.inboundAgents)
  makeRoom(node, [...inside, ...atTheDoor], new Set(), inside[0]!.peer)
  assert.equal(open(), LIMITS.inboundAgents, 'nobody goes without need')
})

test('several that came at once all make room; those that we dialled stay', () => {
  const inside = agents(LIMITS.inboundAgents + 5)
  const dialled = agents(20)
  const { node, open } = nodeOf([...inside, ...dialled])
  makeRoom(node, [...inside, ...dialled], new Set(dialled.map(({ peer }) => peer)), inside[0]!.peer)
  assert.equal(open(), LIMITS.inboundAgents + dialled.length)
})
