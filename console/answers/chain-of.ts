import type { ChainView, Link } from '../../src/documents/chain.ts'
import { viewChain } from '../../src/documents/chain.ts'
import type { FeedItem } from '../../src/mesh/sync/ports.ts'
import { verifyDropped, verifyHeader } from '../../src/trust/verify-machine.ts'
import type { Connected } from '../connect.ts'
import { collectAll } from './feed.ts'
import type { KnownHost } from './known-host.ts'

/**
 * All that the nodes have of one host's chain of signed answers, whatever they were to, held against the head that it
 * says in its presence: what is missing was withheld, lost, or is on its way (threats.md, T4).
 */
export const chainOf = async (
  connected: Connected,
  peer: string,
  host: KnownHost | undefined
): Promise<ChainView> => {
  const { mesh } = connected.chain
  const linkOf = ({ kind, parcel: { envelope } }: FeedItem): Link[] => {
    try {
      const link = kind === 'gumshoe/dropped/1' ? verifyDropped(envelope, mesh) : verifyHeader(envelope, mesh)
      return link.document.agent === peer ? [link] : []
    } catch {
      return []
    }
  }
  // Nodes tell those of every host, with all that is sealed in them: only what this host signed is held.
  const items = await collectAll(
    connected,
    { kinds: ['gumshoe/answer/1', 'gumshoe/dropped/1'] },
    { bodies: false, wanted: item => linkOf(item).length > 0 }
  )
  return viewChain(items.flatMap(linkOf), host?.head)
}
