import { fromBase64 } from '../../src/codec.ts'
import type { Action } from '../../src/documents/action.ts'
import { decodeEnvelope } from '../../src/documents/envelope.ts'
import { read } from '../../src/documents/read.ts'
import { GumshoeError } from '../../src/errors.ts'
import type { FeedItem } from '../../src/mesh/sync/ports.ts'
import { publicOf } from '../../src/trust/hpke.ts'
import { type Note, openNote } from '../../src/trust/note.ts'
import type { Connected } from '../connect.ts'
import type { HistoryRecord } from '../history.ts'
import { actionOf, CaseFile } from './case-file.ts'
import { collect } from './feed.ts'
import { type KnownHost, knownHosts } from './hosts.ts'

/** All that is needed to read the answers to one action. */
export interface OpenCase {
  readonly id: string
  readonly action: Action
  readonly envelope: Uint8Array
  readonly note?: Note
  readonly hosts: readonly KnownHost[]
  readonly targeted: readonly string[]
  readonly file: CaseFile
  /** Set once a cancel was seen. */
  readonly cancelled: boolean
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
    .map(({ parcel }) => read(decodeEnvelope(parcel.envelope).bytes, 'gumshoe/keywrap/1'))
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
  record: HistoryRecord | undefined
): Promise<OpenCase> => {
  const nodes = await connected.nodes()
  const items = nodes.length > 0 ? await collect(nodes, { action: id }) : []
  const envelope =
    items.find(({ kind, id: own }) => kind === 'gumshoe/action/1' && own === id)?.parcel.envelope ??
    record?.envelope
  if (envelope === undefined)
    throw new GumshoeError('not-found', `No node has the action ${id.slice(0, 16)}.`)
  const action = actionOf(envelope)
  const key = await sealKeyOf(connected, id, action, items)
  const hosts = nodes.length > 0 ? await knownHosts(connected) : []
  const members = new Set(hosts.map(({ peer }) => peer))
  const file = new CaseFile(connected.chain.mesh, id, key, peer => members.size === 0 || members.has(peer))
  for (const item of items) if (item.kind === 'gumshoe/answer/1') file.take(item.parcel)
  const note = openNote(key, action)
  return {
    id,
    action,
    envelope,
    hosts,
    file,
    targeted: record?.targeted ?? [],
    cancelled: items.some(({ kind }) => kind === 'gumshoe/cancel/1'),
    ...(note && { note })
  }
}
