/**
 * The way to other machines, which Node has only with ports of our own: whoever runs a module that looks into the network
 * hands it over (src/run/net-calls.ts). Nothing here waits for others to come. Failures carry the codes of node:net.
 */
export interface NetCalls {
  /** Wall time, ms since 1970. */
  now(): number
  /** Addresses of a name, as this host resolves it. Throws what node:dns throws. */
  addresses(name: string): Promise<readonly string[]>
  /** Datagrams to and from one address. ICMP where the kernel lets everybody send it. Throws `unsupported` where there is no way. */
  talk(kind: 'udp' | 'icmp', address: string, port: number): Talk
  /** Resolves when a connection stood, and ends it. Rejects with what node:net says, ETIMEDOUT after `ms`. */
  connect(address: string, port: number, ms: number): Promise<void>
}

export interface Talk {
  /** Throws what the system says: ECONNREFUSED where the other side has refused an earlier one. */
  send(bytes: Uint8Array): void
  /** The next datagram and when it came, or undefined after `ms`. Throws what the system says. */
  receive(ms: number): Promise<{ readonly bytes: Buffer; readonly at: number } | undefined>
  close(): void
}
