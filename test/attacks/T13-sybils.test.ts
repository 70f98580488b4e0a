import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { utf8Bytes } from '../../src/codec.ts'
import { LIMITS } from '../../src/limits.ts'
import type { Node } from '../../src/mesh/libp2p.ts'
import type { Mesh } from '../../src/mesh/mesh.ts'
import { eventually, hostileMember, type TestMemberInit, testMember, testPort } from '../support/members.ts'

/** Many peers of one attacker surround an honest one: it keeps its hubs and its own choice of neighbours (threats.md, T13). */
const stops: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map(stop => stop()))
})
const member = async (init: TestMemberInit) => {
  const mesh = await testMember(init)
  stops.push(() => mesh.stop())
  return mesh
}
const SYBILS = 40
/** Redials come later and later; a busy machine makes them later still. */
const PATIENCE_MS = 30_000

/** A member that takes all that comes and passes nothing on. */
const sybil = async (victims: readonly Mesh[]) => {
  const node = await hostileMember()
  stops.push(() => node.stop())
  await Promise.all(
    victims.map(victim => node.dial(multiaddr(victim.addresses()[0]!)).catch(() => undefined))
  )
  return node
}

test('forty sybils around each agent: questions reach the honest, with the hub and without it', async () => {
  const agents: Mesh[] = []
  const addressesFor = (peer: string) =>
    agents.filter(agent => agent.peer !== peer).map(agent => agent.addresses()[0]!)
  const port = testPort({ neighbours: async ({ peer }) => addressesFor(peer) })
  const hub = await member({ role: 'node', port })
  const hubs = new Map([[hub.peer, hub.addresses()]])
  const first = await member({ role: 'agent', hubs })
  agents.push(first)
  const sybils: Node[] = []
  for (let i = 0; i < SYBILS; i += 10)
    sybils.push(...(await Promise.all(Array.from({ length: 10 }, () => sybil([first, hub])))))
  const inside = (mesh: Mesh) =>
    sybils.filter(node => node.getConnections().some(({ remotePeer }) => remotePeer.toString() === mesh.peer))
  await eventually('the surplus is out', () => inside(first).length <= LIMITS.inboundAgents, PATIENCE_MS)
  assert.ok(inside(first).length > LIMITS.inboundAgents / 2, 'the agent is surrounded')

  const second = await member({ role: 'agent', hubs })
  agents.push(second)
  const met = (mesh: Mesh, other: Mesh) => mesh.members().some(({ peer }) => peer === other.peer)
  await eventually('the honest two have met', () => met(first, second) && met(second, first), PATIENCE_MS)
  await Promise.all(sybils.map(node => node.dial(multiaddr(second.addresses()[0]!)).catch(() => undefined)))

  const console_ = await member({ role: 'console', hubs })
  await eventually('the console is there', () => console_.members().length === 1)
  const heard = (mesh: { heard: { data: Uint8Array }[] }, word: string) =>
    mesh.heard.filter(({ data }) => Buffer.from(data).includes(word)).length
  for (let i = 0; i < 20; i++) await console_.publish('all', utf8Bytes(`question ${i}`))
  await eventually('both have heard all', () => [first, second].every(mesh => heard(mesh, 'question') === 20))

  await hub.stop()
  await console_.dial(first.addresses()[0]!)
  await eventually('they have met again', () => met(first, second) && met(second, first), PATIENCE_MS)
  await console_.publish('all', utf8Bytes('without a hub'))
  await eventually('both have heard it', () => [first, second].every(mesh => heard(mesh, 'without') === 1))
})
