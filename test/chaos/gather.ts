import { requireChain } from '../../console/admin/mesh-home.ts'
import { linesOf } from '../../console/tour/mesh.ts'
import { LIMITS } from '../../src/limits.ts'
import type { FeedItem, SyncClient } from '../../src/mesh/sync/ports.ts'
import { verifyBody, verifyHeader } from '../../src/trust/verify-machine.ts'
import type { TestFleet } from '../support/fleet.ts'
import { visit } from '../support/visit.ts'
import type { History, HostEvent, KeptAnswer } from './history.ts'

/** What the limits of a run give one question on a machine that is full of other work, and something for the way. */
export const SETTLE_MS = LIMITS.childStartMs + LIMITS.wallMs + 30_000

export interface GatherInit {
  /** Actions that were open to every host to the end. */
  readonly open: readonly string[]
  /** Of these the console is asked what it shows; every open one where absent. */
  readonly show?: readonly string[]
  /** Events of earlier lives of a host whose own records were taken from it. */
  readonly before?: ReadonlyMap<string, readonly HostEvent[]>
}

type Line = Record<string, unknown>
const hostOf = (line: Line) => line['host'] as { id: string; name: string }

/** Ids of every action that some node has, cancelled or not. */
export const actionsOf = async (fleet: TestFleet): Promise<string[]> =>
  (await fleet.ask('actions', '--all')).filter(({ type }) => type === 'action').map(({ id }) => String(id))

/** All that a node keeps, as it gives it out: what the console's own reading would pass over is looked at too. */
const answersOf = async (node: SyncClient): Promise<FeedItem[]> => {
  const items: FeedItem[] = []
  const filter = { kinds: ['gumshoe/answer/1'], untilNow: true }
  for await (const item of node.follow(filter, [], AbortSignal.timeout(60_000)))
    if (!('caughtUp' in item)) items.push(item)
  return items
}

/** As whoever asked sees it: answers are sealed to their readers. */
const shownBy = async (fleet: TestFleet, action: string): Promise<Line[]> => {
  for (const home of [fleet.julien, fleet.anna]) {
    const done = await fleet.fleet.run('gumshoe', ['show', action, '--hosts', '--json', '--home', home])
    if (!done.stderr.includes('no-key')) return linesOf(done.stdout)
  }
  throw new Error(`Nobody may read the answers to ${action}.`)
}

/** Reads the records of every host, what every node keeps, and what the console shows; all processes must be up. */
export const historyOf = async (fleet: TestFleet, init: GatherInit): Promise<History> => {
  const known = await fleet.ask('agents')
  const unsound: string[] = []
  const hosts = fleet.hosts.map(({ name }) => ({
    name,
    peer: known.map(hostOf).find(host => host.name === name)?.id,
    events: [...(init.before?.get(name) ?? []), ...(fleet.records(name) as unknown as HostEvent[])]
  }))
  const { mesh, current } = await requireChain(fleet.julien, Date.now())
  const nodes: History['nodes'][number][] = []
  for (const { name, addresses } of current.charter.nodes) {
    const items = await visit(fleet.julien, [addresses[0]!], ([node]) => answersOf(node!))
    const answers: KeptAnswer[] = []
    for (const { id, parcel } of items) {
      try {
        const { document } = verifyHeader(parcel.envelope, mesh)
        verifyBody(document, parcel.body!)
        answers.push({ id, agent: document.agent, action: document.action, op: document.op })
      } catch (error) {
        unsound.push(`${name} keeps ${id}, which does not verify: ${error}`)
      }
    }
    nodes.push({ name, answers })
  }
  const shown: History['shown'][number][] = []
  for (const action of init.show ?? init.open) {
    const lines = (await shownBy(fleet, action)).filter(({ type }) => type === 'host')
    shown.push({ action, states: new Map(lines.map(line => [hostOf(line).id, String(line['state'])])) })
  }
  return { hosts, open: init.open, nodes, shown, unsound }
}

/** Every host has answered everything, and enough nodes have said that they keep it. */
export const isSettled = (
  fleet: TestFleet,
  actions: readonly string[],
  before: ReadonlyMap<string, readonly HostEvent[]> = new Map()
): boolean =>
  fleet.hosts.every(({ name }) => {
    const events = [...(before.get(name) ?? []), ...(fleet.records(name) as unknown as HostEvent[])]
    const of = (what: string) => events.filter(event => event.what === what)
    const answered = new Set(of('answered').map(({ action }) => action))
    const delivered = new Set(of('delivered').map(({ id }) => id))
    return actions.every(id => answered.has(id)) && of('answered').every(({ id }) => delivered.has(id))
  })
