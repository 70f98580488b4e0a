import { safeText } from '../../src/cli/safe-text.ts'
import { fromBase64, sha256Hex } from '../../src/codec.ts'
import type { Charter } from '../../src/documents/charter.ts'
import { decodeEnvelope, documentId, encodeEnvelope } from '../../src/documents/envelope.ts'
import { write } from '../../src/documents/write.ts'
import { codeOf, GumshoeError, isErrorCode } from '../../src/errors.ts'
import { clientsOf } from '../../src/mesh/clients.ts'
import { giveAttachment } from '../../src/mesh/sync/attachments.ts'
import type { SyncClient } from '../../src/mesh/sync/ports.ts'
import { encryptTo } from '../../src/trust/pgp.ts'
import { verifyReceipt } from '../../src/trust/verify-machine.ts'
import type { Connected } from '../connect.ts'
import { settledSoon } from '../soon.ts'

/** The sealing key's private half, encrypted to one reader. */
export interface Wrap {
  readonly reader: string
  readonly box: Uint8Array
}

/**
 * Encrypts the sealing key to each reader of an action by OpenPGP. A reader whose key has expired gets none, until it is
 * prolonged in the charter: one key that nobody looks after must not stop everybody's questions.
 */
export const wrapFor = async (
  sealKey: Uint8Array,
  readers: readonly string[],
  charter: Charter,
  now: number
): Promise<Wrap[]> => {
  const keys = new Map(
    charter.persons.flatMap(({ keys }) => keys).map(({ fingerprint, key }) => [fingerprint, fromBase64(key)])
  )
  const wraps = await Promise.all(
    readers.map(async reader => {
      const bytes = keys.get(reader)
      if (bytes === undefined)
        throw new GumshoeError('no-key', `The charter has no key ${reader} to seal answers to.`)
      try {
        return [{ reader, box: await encryptTo(sealKey, [{ fingerprint: reader, bytes }], now) }]
      } catch (error) {
        if (codeOf(error) === 'key-expired') return []
        throw error
      }
    })
  )
  return wraps.flat()
}

export interface Published {
  /** Bootstrap nodes that gave their receipt. */
  readonly nodes: number
  /** Agents that were given it directly, where no node was left. */
  readonly agents: number
}

/** Puts an action to every node that was reached, then its keywraps and attachments. Throws the code with which all of them refuse, or `unreached`. */
export const publish = async (
  connected: Connected,
  id: string,
  envelope: Uint8Array,
  wraps: readonly Wrap[],
  attachments: readonly Uint8Array[] = []
): Promise<Published> => {
  const nodes = await connected.nodes()
  if (nodes.length === 0) return publishToAgents(connected, envelope, attachments)
  const results = await settledSoon(nodes.map(node => give(connected, node, envelope)))
  const taken = nodes.filter((_, i) => results[i]?.status === 'fulfilled')
  if (taken.length === 0) throw (results[0] as PromiseRejectedResult).reason
  await giveKeywraps(connected, taken, id, wraps)
  await giveAttachments(connected, taken, attachments)
  return { nodes: taken.length, agents: 0 }
}

/** One node that has them is enough: the others and the hosts fetch them there. Says what none took. */
const giveAttachments = async (
  { context }: Connected,
  nodes: readonly SyncClient[],
  attachments: readonly Uint8Array[]
): Promise<void> => {
  for (const whole of attachments) {
    const named = { attachment: sha256Hex(whole), bytes: whole.length }
    const results = await Promise.allSettled(nodes.map(node => giveAttachment(node, named, whole)))
    const refused = results.flatMap(result => (result.status === 'rejected' ? [result.reason] : []))
    if (refused.length < nodes.length) continue
    const why = safeText(refused[0] instanceof Error ? refused[0].message : '')
    context.tell(`No bootstrap node took the attachment, without which no host can answer: ${why}`)
  }
}

/** Says for whom no node took the key: he could not open the answers, and would not know why. */
const giveKeywraps = async (
  connected: Connected,
  nodes: readonly SyncClient[],
  id: string,
  wraps: readonly Wrap[]
): Promise<void> => {
  const { chain, context } = connected
  const results = await Promise.all(
    wraps.map(wrap => {
      const raw = keywrap(connected, id, wrap)
      return settledSoon(nodes.map(node => give(connected, node, raw)))
    })
  )
  for (const [i, { reader }] of wraps.entries()) {
    const refused = results[i]!.flatMap(result => (result?.status === 'rejected' ? [result.reason] : []))
    if (refused.length < nodes.length) continue
    const name = chain.person(reader)?.name ?? reader
    context.tell(`No node took the key for ${name}, who can't open these answers: ${refused[0].message}`)
  }
}

/** Throws the code of a refusal, or `bad-signature` where a node acknowledges without its signed receipt. */
const give = async ({ chain }: Connected, node: SyncClient, envelope: Uint8Array): Promise<void> => {
  const reply = await node.put({ envelope })
  if ('refused' in reply)
    throw new GumshoeError(isErrorCode(reply.refused) ? reply.refused : 'protocol', safeText(reply.message))
  if (node.caller.role !== 'node') return
  const { document } = verifyReceipt(reply.receipt, chain)
  if (document.node !== node.peer || document.id !== documentId(decodeEnvelope(envelope).bytes))
    throw new GumshoeError('bad-signature', `${node.peer} acknowledges something else than it was given.`)
}

const keywrap = ({ session, chain }: Connected, action: string, { reader, box }: Wrap): Uint8Array => {
  const bytes = write({
    kind: 'gumshoe/keywrap/1',
    mesh: chain.mesh,
    action,
    reader,
    box,
    voucher: session.voucher
  })
  return encodeEnvelope({ bytes, signatures: [session.identity.sign('gumshoe/keywrap/1', bytes)] })
}

/** Every node is gone: gossip over the agents that we reached ourselves, and put to each of them. */
const publishToAgents = async (
  connected: Connected,
  envelope: Uint8Array,
  attachments: readonly Uint8Array[]
): Promise<Published> => {
  const agents = connected.mesh.members().filter(({ role }) => role === 'agent')
  if (agents.length === 0)
    throw new GumshoeError('unreached', 'No bootstrap node and no agent could be reached; nothing was sent.')
  await connected.mesh.publish('all', envelope).catch(() => 0)
  const results = await Promise.allSettled(
    agents.map(async ({ peer }) => give(connected, await connected.mesh.client(peer), envelope))
  )
  const taken = await clientsOf(connected.mesh, 'agent')
  await giveAttachments(connected, taken, attachments)
  return { nodes: 0, agents: results.filter(({ status }) => status === 'fulfilled').length }
}
