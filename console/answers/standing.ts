import { parseTime } from '../../src/clock.ts'
import { fromBase64 } from '../../src/codec.ts'
import { type Action, isActionKind } from '../../src/documents/action.ts'
import { decodeEnvelope } from '../../src/documents/envelope.ts'
import { read } from '../../src/documents/read.ts'
import { GumshoeError } from '../../src/errors.ts'
import type { FeedItem } from '../../src/mesh/sync/ports.ts'
import { publicOf } from '../../src/trust/hpke.ts'
import { type Note, openNote } from '../../src/trust/note.ts'
import { signersOf } from '../../src/trust/signers.ts'
import { verifyDropped } from '../../src/trust/verify-machine.ts'
import { verifyCancel } from '../../src/trust/verify-person.ts'
import { giveOwed } from '../ask/owed.ts'
import type { Connected } from '../connect.ts'
import type { HistoryRecord } from '../history.ts'
import { cachedFleet } from '../host-cache.ts'
import { actionOf, CaseFile, standingIn } from './case-file.ts'
import { collectAll } from './feed.ts'
import { fleetOf } from './hosts.ts'
import type { Fleet, KnownHost } from './known-host.ts'

export interface Cancelled {
  /** When, in ms, by the word of who cancelled. */
  readonly at: number
  readonly by: string
}

/** All that is needed to read the answers to one action. */
export interface OpenCase {
  readonly id: string
  readonly action: Action
  readonly envelope: Uint8Array
  readonly note?: Note
  readonly hosts: readonly KnownHost[]
  readonly targeted: readonly string[]
  readonly file: CaseFile
  /** The first cancel by a person in force, where there is one. */
  readonly cancelled: Cancelled | undefined
  /** Names of the persons in force who signed it. */
  readonly by: readonly string[]
  /** Agents that say to have dropped their answer for want of room. */
  readonly dropped: readonly string[]
}

/** The sealing key's private half: from the session, or from a keywrap, opened with the person's key once. Throws `no-key`. */
const sealKeyOf = async (
  connected: Connected,
  id: string,
  action: Action,
  items: readonly FeedItem[]
): Promise<Uint8Array> => {
  const { session, signer } = connected
  const kept = session.sealingKey(id)
  if (kept) return kept
  const wanted = Buffer.from(fromBase64(action.sealTo))
  const wraps = items
    .filter(({ kind }) => kind === 'gumshoe/keywrap/1')
    .flatMap(({ parcel }) => {
      try {
        return [read(decodeEnvelope(parcel.envelope).bytes, 'gumshoe/keywrap/1')]
      } catch {
        // A node may send anything under this name.
        return []
      }
    })
    .filter(({ action: about, reader }) => about === id && reader === signer.fingerprint)
  for (const { box } of wraps) {
    const key = await (await signer.open()).decrypt(box).catch(() => undefined)
    // A false wrap opens to another key: it is passed over (ADR 5).
    if (key?.length === 32 && Buffer.from(publicOf(key)).equals(wanted)) {
      session.keepSealingKey(id, new Uint8Array(key))
      return key
    }
  }
  throw new GumshoeError('no-key', 'The answers to this action are not sealed to your key.', {
    fix: 'Ask one of its readers (gumshoe show names them), or have the role reader in the charter.'
  })
}

/** Opens an action's case from what the nodes have now. Throws `not-found`, `no-key`. */
export const openCase = async (
  connected: Connected,
  id: string,
  record: HistoryRecord | undefined,
  known?: Fleet
): Promise<OpenCase> => {
  await giveOwed(connected, record)
  const nodes = await connected.nodes()
  const items = nodes.length > 0 ? await collectAll(connected, { action: id }) : []
  const envelope = record?.envelope ?? (await bestCopy(connected, id, items))
  if (envelope === undefined)
    throw new GumshoeError('not-found', `No node has the action ${id.slice(0, 16)}.`)
  const action = actionOf(envelope)
  const key = await sealKeyOf(connected, id, action, items)
  const { home } = connected.context
  const { hosts, members } = known ?? (nodes.length > 0 ? await fleetOf(connected) : cachedFleet(home))
  const file = new CaseFile(connected.chain.mesh, id, key, members, standingIn(action))
  await file.takeAll(items.filter(({ kind }) => kind === 'gumshoe/answer/1').map(({ parcel }) => parcel))
  const note = openNote(key, action)
  return {
    id,
    action,
    envelope,
    hosts,
    file,
    targeted: record?.targeted ?? [],
    cancelled: await cancelOf(connected, id, items),
    by: await signersNamed(connected, envelope),
    dropped: [...new Set(items.flatMap(item => droppedBy(connected, item, members)))],
    ...(note && { note })
  }
}

/** The copy of an action that most persons have signed: a node may have one with a signature stripped. */
const bestCopy = async (
  connected: Connected,
  id: string,
  items: readonly FeedItem[]
): Promise<Uint8Array | undefined> => {
  let best: { envelope: Uint8Array; signers: number } | undefined
  for (const { kind, id: own, parcel } of items) {
    if (!isActionKind(kind) || own !== id) continue
    const signers = (await signersNamed(connected, parcel.envelope)).length
    if (best === undefined || signers > best.signers) best = { envelope: parcel.envelope, signers }
  }
  return best?.envelope
}

const cancelOf = async (
  { chain, context: { clock } }: Connected,
  id: string,
  items: readonly FeedItem[]
): Promise<Cancelled | undefined> => {
  const found: Cancelled[] = []
  for (const { kind, parcel } of items) {
    if (kind !== 'gumshoe/cancel/1') continue
    const verified = await verifyCancel(parcel.envelope, chain, clock.now()).catch(() => undefined)
    if (verified?.document.action !== id) continue
    found.push({ at: parseTime(verified.document.issued), by: verified.person.name })
  }
  return found.sort((a, b) => a.at - b.at)[0]
}

/** Names of the persons in force who signed an envelope. */
export const signersNamed = async (
  { chain, context: { clock } }: Connected,
  envelope: Uint8Array
): Promise<string[]> =>
  (await signersOf(decodeEnvelope(envelope), chain.current.charter, clock.now())).persons.map(
    ({ person }) => person.name
  )

const droppedBy = (
  { chain }: Connected,
  { kind, parcel }: FeedItem,
  members: ReadonlySet<string>
): string[] => {
  if (kind !== 'gumshoe/dropped/1') return []
  try {
    const { agent } = verifyDropped(parcel.envelope, chain.mesh).document
    return members.has(agent) ? [agent] : []
  } catch {
    return []
  }
}
