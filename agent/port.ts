import type { Clock } from '../src/clock.ts'
import { isActionKind } from '../src/documents/action.ts'
import { decodeEnvelope, documentId } from '../src/documents/envelope.ts'
import { kindOf } from '../src/documents/read.ts'
import { GumshoeError } from '../src/errors.ts'
import type { SyncPort } from '../src/mesh/sync/ports.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import type { Identity } from '../src/trust/identity.ts'
import { makeReceipt } from '../src/trust/receipt.ts'
import type { Attachments } from './attachments.ts'
import type { Judge } from './judge.ts'

const nothing = (): never => {
  throw new GumshoeError('unsupported', 'An agent serves questions to itself only.')
}

/**
 * The little that an agent serves: charters, and questions that a console puts to it by itself when every bootstrap node
 * is gone. They go through the same gate; their answers go back over the connection that the console opened.
 */
export const agentPort = (
  clock: Clock,
  chain: CharterChain,
  identity: Identity,
  judge: Pick<Judge, 'take'>,
  attachments: Pick<Attachments, 'put'>,
  /** Nothing is judged at a start before the agent knows how far its own chain is. */
  ready: Promise<void>
): SyncPort => ({
  hello: () => ({ charterVersion: chain.current.charter.version, charterId: chain.current.id }),
  put: async (caller, { envelope }) => {
    const { bytes } = decodeEnvelope(envelope)
    const kind = kindOf(bytes)
    const askable = isActionKind(kind) || kind === 'gumshoe/cancel/1'
    if (kind !== 'gumshoe/charter/1' && !(askable && caller.role === 'console')) {
      return { refused: 'policy', message: `An agent takes no ${kind} from a peer of role ${caller.role}.` }
    }
    await ready
    const { gossip, code } = await judge.take(envelope)
    // No more than any node would say: whom the target names, and what is switched off here, is in sealed answers or nowhere.
    if (gossip !== 'accept' && code !== undefined && code !== 'known')
      return { refused: code, message: `This host answers ${code}.` }
    return { receipt: makeReceipt(identity, chain.mesh, documentId(bytes), clock.now()) }
  },
  want: async () => undefined,
  putChunk: (caller, chunk) => attachments.put(caller, chunk),
  wantChunk: async () => undefined,
  charters: async (_, above) => chain.envelopes(above).slice(0, 16),
  open: async () => ({ missing: [], cancels: [] }),
  head: async () => undefined,
  neighbours: async () => [],
  present: async () => ({ peers: [], whole: false }),
  follow: nothing
})
