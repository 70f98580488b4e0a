import { decodeCbor, fromBase64 } from '../../src/codec.ts'
import { decodeEnvelope } from '../../src/documents/envelope.ts'
import { type Facts, factsSchema } from '../../src/documents/facts.ts'
import { read } from '../../src/documents/read.ts'
import type { Target } from '../../src/documents/target/ast.ts'
import { evaluateTarget } from '../../src/documents/target/evaluate.ts'
import type { FeedItem } from '../../src/mesh/sync/ports.ts'
import { publicOf } from '../../src/trust/hpke.ts'
import { agentCard, judgeCardWhole } from '../../src/trust/membership.ts'
import { openFacts } from '../../src/trust/seal.ts'
import { verifyPresence } from '../../src/trust/verify-machine.ts'
import { openInventory } from '../admin/inventory.ts'
import type { Connected } from '../connect.ts'
import { collect } from './feed.ts'

/** A host as the mesh knows it: tags decided by its enrolment, facts by its own word. */
export interface KnownHost {
  readonly peer: string
  /** Host name where it says one, else the end of its peer id. */
  readonly name: string
  readonly tags: readonly string[]
  readonly facts?: Facts
  readonly version: string
  readonly charter: number
  readonly time: number
  readonly state: 'up' | 'leaving' | 'rolled-back'
  /** Heard of within the last minutes. */
  readonly connected: boolean
  readonly addresses: readonly string[]
  /** Another live host says the same name. */
  readonly doubled: boolean
}

/** A presence older than this speaks of a host that is away; agents send one every three minutes or so. */
const AWAY_MS = 8 * 60_000

/** Private half of the inventory key, unlocked once a session. */
const inventoryKey = async ({ session, chain, signer }: Connected): Promise<Uint8Array> => {
  const { charter } = chain.current
  const name = `inventory-${charter.inventory.key
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 24)}`
  const kept = session.sealingKey(name)
  if (kept && Buffer.from(publicOf(kept)).equals(Buffer.from(fromBase64(charter.inventory.key)))) return kept
  const opened = await openInventory(charter, await signer.open())
  session.keepSealingKey(name, opened)
  return opened
}

/** Every host in force, with its latest presence opened. Facts that don't open are left out; nothing else is lost by it. */
export const knownHosts = async (connected: Connected): Promise<KnownHost[]> => {
  const items = await collect(await connected.nodes(), {
    kinds: ['gumshoe/grant/1', 'gumshoe/membership/1', 'gumshoe/presence/1']
  })
  const key = await inventoryKey(connected)
  const members = await tagsOf(items, connected)
  const latest = new Map<string, ReturnType<typeof verifyPresence>['document']>()
  for (const item of items) {
    if (item.kind !== 'gumshoe/presence/1') continue
    const presence = tryTo(() => verifyPresence(item.parcel.envelope, connected.chain.mesh).document)
    if (presence && (latest.get(presence.peer)?.counter ?? -1) < presence.counter)
      latest.set(presence.peer, presence)
  }
  const now = connected.context.clock.now()
  const hosts = [...latest.values()].flatMap(presence => {
    const tags = members.get(presence.peer)
    if (tags === undefined) return []
    const place = { mesh: presence.mesh, peer: presence.peer, counter: presence.counter }
    const facts = tryTo(() => factsSchema.parse(decodeCbor(openFacts(key, place, presence.facts))))
    return [
      {
        peer: presence.peer,
        name: facts?.hostname ?? presence.peer.slice(-8),
        tags,
        ...(facts && { facts }),
        version: presence.version,
        charter: presence.charter,
        time: presence.time,
        state: presence.state,
        connected: presence.state !== 'leaving' && now - presence.time < AWAY_MS,
        addresses: presence.addresses
      }
    ]
  })
  const names = new Map<string, number>()
  for (const host of hosts) names.set(host.name, (names.get(host.name) ?? 0) + 1)
  return hosts
    .map(host => ({ ...host, doubled: names.get(host.name)! > 1 }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

/** Tags by peer of every agent whose membership and grant hold by the newest charter. */
const tagsOf = async (
  items: readonly FeedItem[],
  { chain, context: { clock } }: Connected
): Promise<Map<string, readonly string[]>> => {
  const grants = new Map(
    items.filter(({ kind }) => kind === 'gumshoe/grant/1').map(item => [item.id, item.parcel.envelope])
  )
  const tags = new Map<string, readonly string[]>()
  for (const { kind, parcel } of items) {
    if (kind !== 'gumshoe/membership/1') continue
    const membership = tryTo(() => read(decodeEnvelope(parcel.envelope).bytes, 'gumshoe/membership/1'))
    const grant = membership && grants.get(membership.grant)
    if (!membership || !grant) continue
    const judged = await judgeCardWhole(
      agentCard(parcel.envelope, grant),
      membership.peer,
      chain,
      clock.now()
    ).catch(() => undefined)
    if (judged?.member.role === 'agent') tags.set(membership.peer, judged.member.tags)
  }
  return tags
}

export const matching = (hosts: readonly KnownHost[], target: Target): KnownHost[] =>
  hosts.filter(host =>
    evaluateTarget(target, { peer: host.peer, tags: host.tags, ...(host.facts && { facts: host.facts }) })
  )

const tryTo = <T>(work: () => T): T | undefined => {
  try {
    return work()
  } catch {
    return undefined
  }
}
