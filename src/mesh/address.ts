import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { GumshoeError } from '../errors.ts'

/** Text → multiaddr. Throws `usage` naming it. */
export const toMultiaddr = (address: string): Multiaddr => {
  try {
    return multiaddr(address)
  } catch (cause) {
    const like = '/ip4/192.0.2.1/tcp/7070/p2p/12D3….'
    throw new GumshoeError('usage', `${address} is no multiaddr; one is like ${like}`, { cause })
  }
}
