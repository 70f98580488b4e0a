import { addressOf, addressText } from './proc-sockets.ts'

/** Lines of the lists that the kernel keeps of one network namespace (proc_pid_net(5)); each undefined for a line of another form. */

export interface Traffic {
  readonly name: string
  readonly received: number
  readonly sent: number
}

/** net/dev: `eth0: bytes packets errs drop fifo frame compressed multicast bytes …`. A name may hold what it likes but blanks and slashes, colons too. */
export const parseTraffic = (line: string): Traffic | undefined => {
  const match = /^ *(\S+): *(\d+)(?: +\d+){7} +(\d+)(?: +\d+){7} *$/.exec(line)
  return match === null ? undefined : { name: match[1]!, received: Number(match[2]), sent: Number(match[3]) }
}

export interface Neighbour {
  readonly address: string
  readonly mac: string
  readonly name: string
}

/** The entry is whole: the neighbour has answered (ATF_COM), or was set by hand. */
const COMPLETE = 0x2

/** net/arp: `192.0.2.1 0x1 0x2 02:fc:00:00:00:05 * eth0`. One that never answered is no neighbour. */
export const parseNeighbour = (line: string): Neighbour | undefined => {
  const match = /^(\d+\.\d+\.\d+\.\d+) +0x[0-9a-f]+ +0x([0-9a-f]+) +([0-9a-f:]+) +\S+ +(\S+)$/i.exec(line)
  if (match === null || (Number.parseInt(match[2]!, 16) & COMPLETE) === 0) return undefined
  return { address: match[1]!, mac: match[3]!.toLowerCase(), name: match[4]! }
}

/** net/if_inet6: `fe80…0001 04 40 20 80 eth0`. */
export const parseAddress6 = (line: string): { address: string; index: number; name: string } | undefined => {
  const match = /^([0-9a-f]{32}) ([0-9a-f]{2,8}) (?:[0-9a-f]{2,} ){3} *(\S+)$/.exec(line)
  return match === null
    ? undefined
    : { address: network6(match[1]!), index: Number.parseInt(match[2]!, 16), name: match[3]! }
}

/** net/fib_trie: an address, and below it what it is; one of the host's own is `/32 host LOCAL`. Once each. */
export function* ownAddresses(lines: Iterable<string>): Generator<string> {
  const told = new Set<string>()
  let address = ''
  for (const line of lines) {
    const leaf = /^ *\|-- (\d+\.\d+\.\d+\.\d+)$/.exec(line)?.[1]
    if (leaf !== undefined) address = leaf
    else if (/^ *\/32 host LOCAL$/.test(line) && address !== '' && !told.has(address)) {
      told.add(address)
      yield address
    }
  }
}

export interface Route {
  readonly name: string
  /** `10.0.0.0/8`. */
  readonly destination: string
  /** Where it leads by a gateway. */
  readonly gateway?: string
  readonly metric: number
}

const BY_GATEWAY = 0x2
const UP = 0x1
const REJECT = 0x200

/** net/route: interface, destination, gateway, flags, …, metric, mask; numbers as the machine keeps them. */
export const parseRoute = (line: string): Route | undefined => {
  const match =
    /^(\S+)\t([0-9A-F]{8})\t([0-9A-F]{8})\t([0-9A-F]{4})\t\d+\t\d+\t(-?\d+)\t([0-9A-F]{8})\t/.exec(line)
  if (match === null) return undefined
  const [, name, destination, gateway, flags, metric, mask] = match
  const set = Number.parseInt(flags!, 16)
  if ((set & UP) === 0) return undefined
  const bits = ones(Number.parseInt(mask!, 16))
  return {
    name: name!,
    destination: `${addressOf(destination!)}/${bits}`,
    ...((set & BY_GATEWAY) !== 0 && { gateway: addressOf(gateway!) }),
    metric: Number(metric)
  }
}

/** net/ipv6_route: destination, its length, source, its length, next hop, metric, counts, flags, interface. */
export const parseRoute6 = (line: string): Route | undefined => {
  const match =
    /^([0-9a-f]{32}) ([0-9a-f]{2}) [0-9a-f]{32} [0-9a-f]{2} ([0-9a-f]{32}) ([0-9a-f]{8}) [0-9a-f]{8} [0-9a-f]{8} ([0-9a-f]{8}) +(\S+)$/.exec(
      line
    )
  if (match === null) return undefined
  const [, destination, length, hop, metric, flags, name] = match
  const set = Number.parseInt(flags!, 16)
  if ((set & UP) === 0 || (set & REJECT) !== 0) return undefined
  return {
    name: name!,
    destination: `${network6(destination!)}/${Number.parseInt(length!, 16)}`,
    ...((set & BY_GATEWAY) !== 0 && { gateway: network6(hop!) }),
    metric: Number.parseInt(metric!, 16)
  }
}

export interface PacketSocket {
  readonly interfaceIndex: number
  readonly uid: number
  readonly inode: number
}

/** net/packet: socket, references, type, protocol, interface, running, memory, user, inode. */
export const parsePacketSocket = (line: string): PacketSocket | undefined => {
  const match = /^\S+ +\d+ +\d+ +[0-9a-f]{4} +(\d+) +\d+ +\d+ +(\d+) +(\d+) *$/.exec(line)
  if (match === null) return undefined
  return { interfaceIndex: Number(match[1]), uid: Number(match[2]), inode: Number(match[3]) }
}

/** resolv.conf(5): `nameserver 192.0.2.53`, the address of a zone without the zone. */
export const parseNameServer = (line: string): string | undefined =>
  /^nameserver[ \t]+([0-9a-fA-F.:]+)/.exec(line)?.[1]

/** Hex in the order of the network. */
const network6 = (hex: string): string => addressText([...Buffer.from(hex, 'hex')])

const ones = (mask: number): number => {
  let count = 0
  for (let left = mask; left > 0; left = Math.floor(left / 2)) count += left % 2
  return count
}
