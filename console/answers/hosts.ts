import { safeText } from '../../src/cli/safe-text.ts'
import { cut } from '../../src/cli/table.ts'
import { decodeCbor, fromBase64, toHex } from '../../src/codec.ts'
import type { Presence } from '../../src/documents/answer.ts'
import { decodeEnvelope } from '../../src/documents/envelope.ts'
import { type Facts, factsSchema } from '../../src/documents/facts.ts'
import type { Grant } from '../../src/documents/grant.ts'
import { read } from '../../src/documents/read.ts'
import type { Target } from '../../src/documents/target/ast.ts'
import { evaluateTarget } from '../../src/documents/target/evaluate.ts'
import type { FeedItem } from '../../src/mesh/sync/ports.ts'
import { publicOf } from '../../src/trust/hpke.ts'
import { agentCard, judgeCardWhole } from '../../src/trust/membership.ts'
import { openFacts } from '../../src/trust/seal.ts'
import { verifyPresence } from '../../src/trust/verify-machine.ts'
import { openInventory } from '../admin/inventory.ts'
import { grantWarnings, notYetTold, overfullWarnings } from '../admin/warnings.ts'
import type { Connected } from '../connect.ts'
import { speakForTwo } from './clones.ts'
import { collectAll } from './feed.ts'
import type { Fleet, KnownHost } from './known-host.ts'
import { presentOn } from './present.ts'

/** A presence older than this speaks of a host that is away; agents send one every three minutes or so. */
export const AWAY_MS = 8 * 60_000

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

/** Every agent in force, with its latest presence opened. Facts that don't open are left out; nothing else is lost by it. */
export const fleetOf = async (connected: Connected): Promise<Fleet> => {
  const items = await collectAll(connected, {
    kinds: ['gumshoe/grant/1', 'gumshoe/membership/1', 'gumshoe/presence/1']
  })
  const key = await inventoryKey(connected)
  const enrolled = await enrolledIn(items, connected)
  const presences = items
    .filter(({ kind }) => kind === 'gumshoe/presence/1')
    .flatMap(
      ({ parcel }) => tryTo(() => verifyPresence(parcel.envelope, connected.chain.mesh).document) ?? []
    )
  const isThere = await presentOn(connected)
  const now = connected.context.clock.now()
  const hosts = [...Map.groupBy(presences, ({ peer }) => peer)].flatMap(([peer, said]) => {
    const own = enrolled.get(peer)
    if (own === undefined) return []
    const latest = said.reduce((last, next) => (next.counter > last.counter ? next : last))
    const host = hostOf(latest, own, key, now, isThere(peer))
    return own.machines.size > 1 || speakForTwo(said) ? [{ ...host, clonedAt: now }] : [host]
  })
  const grants = new Map([...enrolled.values()].map(({ grant, document }) => [grant, document]))
  const ends = grantWarnings(
    [...grants].map(([id, grant]) => ({ id, grant })),
    now
  )
  const over = overfullWarnings([...enrolled.values()])
  for (const line of notYetTold(connected.chain, [...ends, ...over])) connected.context.tell(line)
  return { hosts: named(hosts), members: new Set(enrolled.keys()) }
}

/** The hosts alone: see fleetOf. */
export const knownHosts = async (connected: Connected): Promise<readonly KnownHost[]> =>
  (await fleetOf(connected)).hosts

const hostOf = (
  presence: Presence,
  { tags, grant }: Enrolled,
  inventory: Uint8Array,
  now: number,
  isThere: boolean | undefined
): Omit<KnownHost, 'name' | 'doubled'> => {
  const { mesh, peer, counter, version, charter, time, state, addresses, head } = presence
  const facts = tryTo(() =>
    factsSchema.parse(decodeCbor(openFacts(inventory, { mesh, peer, counter }, presence.facts)))
  )
  const connected = state !== 'leaving' && isThere !== false && Math.abs(now - time) < AWAY_MS
  return {
    peer,
    tags,
    grant,
    ...(facts && { facts }),
    version: safeText(version),
    charter,
    time,
    state,
    connected,
    addresses,
    ...(head && { head })
  }
}

/** A name is one word and harmless, whatever the host calls itself, and means one host only. */
const named = (hosts: readonly Omit<KnownHost, 'name' | 'doubled'>[]): KnownHost[] => {
  const said = ({ facts }: { readonly facts?: Facts }) =>
    facts?.hostname && cut(safeText(facts.hostname).replace(/\s/g, '_'), 63)
  const counts = Map.groupBy(hosts, said)
  return hosts
    .map(host => {
      const name = said(host)
      const doubled = name !== undefined && counts.get(name)!.length > 1
      const end = host.peer.slice(-6)
      return { ...host, doubled, name: name === undefined ? end : doubled ? `${name}~${end}` : name }
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

interface Enrolled {
  readonly tags: readonly string[]
  readonly grant: string
  readonly document: Grant
  /** Hashes of the machines that it enrolled on, in hex: more than one where nodes that were apart each took another. */
  readonly machines: Set<string>
}

/** What their enrolment gave to every agent, by peer, whose membership and grant hold by the newest charter. */
const enrolledIn = async (
  items: readonly FeedItem[],
  { chain, context: { clock } }: Connected
): Promise<Map<string, Enrolled>> => {
  // A node may have sent broken copies beside the true ones: each that is offered is judged.
  const grants = Map.groupBy(
    items.filter(({ kind }) => kind === 'gumshoe/grant/1'),
    ({ id }) => id
  )
  const enrolled = new Map<string, Enrolled>()
  for (const { kind, parcel } of items) {
    if (kind !== 'gumshoe/membership/1') continue
    const membership = tryTo(() => read(decodeEnvelope(parcel.envelope).bytes, 'gumshoe/membership/1'))
    if (membership === undefined) continue
    for (const grant of grants.get(membership.grant) ?? []) {
      const card = agentCard(parcel.envelope, grant.parcel.envelope)
      const judged = await judgeCardWhole(card, membership.peer, chain, clock.now()).catch(() => undefined)
      if (judged?.member.role !== 'agent' || judged.grant === undefined) continue
      const { tags, grantId } = judged.member
      const machine = toHex(membership.machine)
      const before = enrolled.get(membership.peer)
      if (before !== undefined) before.machines.add(machine)
      else {
        const { document } = judged.grant
        enrolled.set(membership.peer, { tags, grant: grantId, document, machines: new Set([machine]) })
      }
    }
  }
  return enrolled
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
