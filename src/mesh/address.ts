import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { GumshoeError } from '../errors.ts'

/** Text → multiaddr. Throws `usage` naming it. */
export const toMultiaddr = (address: string): Multiaddr => {
  try {
    return multiaddr(address)
  } catch (cause) {
    throw new GumshoeError('usage', `${address} is no address of a mesh.`, {
      cause,
      fix: 'One is like /ip4/192.0.2.1/tcp/7070 or /dns4/gum1.example.org/tcp/7070; of a node in a charter, with /p2p/12D3… behind it.'
    })
  }
}
