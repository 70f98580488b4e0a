import { randomBytes } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import { makeNode, type Node, startNode } from '../../../src/mesh/libp2p.ts'
import { Members } from '../../../src/mesh/members.ts'
import { topicName } from '../../../src/mesh/mesh.ts'
import { file } from '../../../src/modules/file.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { judgeCard } from '../../../src/trust/membership.ts'
import { joinAsConsole } from '../../support/hub.ts'
import { Lab, type LabHost } from '../../support/lab.ts'
import { NOW, testClock } from '../../support/mesh.ts'
import { type Chaos, pause, type Scenario, timeUntil, took } from '../scenario.ts'

const PER_HONEST = 20
/** The goal for a mesh with 20 hostile members to each honest one (threats.md, G5). */
const P99_MS = 6_000
const PATIENCE_MS = 30_000
const TAGS = ['env=prod', 'role=web']

/**
 * A leaked enrolment file: whoever has it enrols as many members as the grant has places, with valid cards. They surround
 * every honest node, take what they are sent, pass nothing on, and some of them flood.
 */
export const members: Scenario = {
  name: 'members',
  promise:
    'with 20 hostile members to each honest one every question reaches every honest host, p99 within 6 s',
  run: async chaos => {
    const lab = await Lab.make(chaos)
    const hubs = await Promise.all(['north', 'south'].map(name => lab.startHub(name)))
    const hosts: LabHost[] = []
    for (let i = 0; i < (chaos.short ? 1 : 4); i++) hosts.push(await lab.startHost(`honest-${i}`, {}))
    const honest = [...hubs, ...hosts]
    const sybils = await leaked(chaos, lab, PER_HONEST * honest.length)
    const targets = honest.map(({ mesh }) => mesh.addresses()[0]!)
    for (let at = 0; at < sybils.length; at += 10)
      await Promise.all(
        sybils
          .slice(at, at + 10)
          .flatMap(node => targets.map(target => node.dial(multiaddr(target)).catch(() => undefined)))
      )
    const inside = sybils.filter(node => node.getConnections().length > 0).length
    chaos.figure('hostile members', `${sybils.length} to ${honest.length} honest, ${inside} inside`)
    const breaches: string[] = inside < sybils.length / 2 ? ['too few got inside to prove anything'] : []
    // One that comes when all places are taken: it knows nobody but its hubs and those whom they name.
    hosts.push(await lab.startHost('latecomer', {}))
    const { mesh } = await joinAsConsole(chaos, lab.trust, 'julien')
    const ask = asker(lab, mesh)
    for (const hub of hubs) await mesh.dial(hub.mesh.addresses()[0]!)
    breaches.push(...(await questions(chaos, 'surrounded', hosts, ask)))
    const flooding = flood(sybils, hubs[0]!.mesh.peer, hubs[0]!.mesh.addresses()[0]!, lab.trust.mesh)
    breaches.push(...(await questions(chaos, 'surrounded and flooded', hosts, ask)))
    const { sent, flooders } = await flooding.end()
    chaos.figure('flood', `${sent} messages by ${flooders} members, one after the other`)
    return breaches
  }
}

/** Members that the holder of one enrolment key makes, each a libp2p that obeys nothing of ours. */
const leaked = async (chaos: Chaos, lab: Lab, count: number): Promise<Node[]> => {
  const enrolment = makeIdentity()
  const grant = await lab.trust.signGrant(enrolment, { tags: TAGS, hosts: count })
  const chain = await lab.chain()
  const nodes: Node[] = []
  for (let i = 0; i < count; i++) {
    const identity = makeIdentity()
    const { card } = lab.trust.member(identity, enrolment, grant, TAGS)
    const judge = async (theirs: Uint8Array, peer: string) => judgeCard(theirs, peer, chain, NOW)
    const init = { role: 'agent' as const, seed: identity.seed, mesh: chain.mesh, listen: [], tags: TAGS }
    const node = await makeNode(
      init,
      new Members({ clock: testClock, card: () => card, judge }),
      () => false,
      {}
    )
    await startNode(node, init)
    chaos.after(() => node.stop())
    nodes.push(node)
  }
  return nodes
}

type Ask = () => Promise<{ id: string; began: number }>

/** Puts a question to every node, as a console does, and returns its id and when it began to. */
const asker = (lab: Lab, mesh: Awaited<ReturnType<typeof joinAsConsole>>['mesh']): Ask => {
  const params = JSON.parse(JSON.stringify(file.fromFlags({ path: ['/etc'], name: ['^hostname$'] }, NOW)))
  return async () => {
    const { raw, id } = await lab.trust.signAction(
      { operations: [{ id: 'o1', module: 'file/1', params }] },
      'julien'
    )
    const began = performance.now()
    for (const { peer } of mesh.members()) await (await mesh.client(peer)).put({ envelope: raw })
    return { id, began }
  }
}

const questions = async (
  chaos: Chaos,
  what: string,
  hosts: readonly LabHost[],
  ask: Ask
): Promise<string[]> => {
  const breaches: string[] = []
  const times: number[] = []
  const runs = (host: LabHost, id: string) =>
    host.records().filter(event => event['what'] === 'run' && event['action'] === id).length
  for (let i = 0; i < (chaos.short ? 6 : 25); i++) {
    const { id, began } = await ask()
    const reached = async (host: LabHost) =>
      (await timeUntil(() => runs(host, id) > 0, PATIENCE_MS, 10)) === undefined
        ? undefined
        : performance.now() - began
    const came = await Promise.all(hosts.map(reached))
    for (const [at, ms] of came.entries())
      if (ms === undefined) breaches.push(`${what}: question ${i} never reached ${hosts[at]!.name}`)
      else times.push(ms)
    await pause(chaos.short ? 300 : 500)
    for (const host of hosts) if (runs(host, id) > 1) breaches.push(`${what}: ${host.name} ran one twice`)
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
  chaos.figure(what, `${times.length} deliveries, p50 ${took(at(0.5))}, p99 ${took(at(0.99))}`)
  if ((at(0.99) ?? Number.POSITIVE_INFINITY) > P99_MS) breaches.push(`${what}: p99 is ${took(at(0.99))}`)
  return breaches
}

interface Inside {
  readonly streamsOutbound: ReadonlyMap<string, unknown>
  sendRpc(id: string, rpc: object): boolean
}

/** Garbage at 2,000 messages a second by one member until it is put out, then by the next. */
const flood = (sybils: readonly Node[], hub: string, address: string, mesh: string) => {
  let over = false
  let sent = 0
  let flooders = 0
  const topic = topicName(mesh, 'all')
  const run = async () => {
    for (const node of sybils) {
      if (over) return
      await node.dial(multiaddr(address)).catch(() => undefined)
      const pubsub = node.services.pubsub as unknown as Inside
      const isIn = () => node.getConnections().some(({ remotePeer }) => remotePeer.toString() === hub)
      await timeUntil(() => over || !isIn() || pubsub.streamsOutbound.has(hub), 5_000)
      flooders++
      while (isIn() && !over) {
        const messages = Array.from({ length: 50 }, () => ({ topic, data: randomBytes(200) }))
        pubsub.sendRpc(hub, { subscriptions: [], messages })
        sent += messages.length
        await pause(25)
      }
    }
  }
  const running = run()
  return {
    end: async () => {
      over = true
      await running
      return { sent, flooders }
    }
  }
}
