import { isGone } from '../processes/proc-read.ts'
import { procLines } from './proc-lines.ts'

/** A socket as the kernel lists it. Addresses in canonical form: an IPv4-mapped IPv6 one is its IPv4 one. */
export interface Socket {
  readonly protocol: 'tcp' | 'udp' | 'raw'
  readonly state: string
  readonly local: string
  readonly localPort: number
  readonly remote: string
  readonly remotePort: number
  readonly uid: number
  readonly inode: number
}

/** States of linux/include/net/tcp_states.h. An unconnected UDP socket has the number of `close`. */
export const STATES = [
  '',
  'established',
  'syn-sent',
  'syn-received',
  'fin-wait-1',
  'fin-wait-2',
  'time-wait',
  'close',
  'close-wait',
  'last-ack',
  'listen',
  'closing',
  'new-syn-received'
]

export const SOCKET_LISTS = [
  ['tcp', 'tcp'],
  ['tcp', 'tcp6'],
  ['udp', 'udp'],
  ['udp', 'udp6'],
  ['raw', 'raw'],
  ['raw', 'raw6']
] as const

/** All internet sockets of the network namespace whose files are there. Throws what the system throws. */
export const readSockets = (net: string): Socket[] =>
  SOCKET_LISTS.flatMap(([protocol, name]) => {
    try {
      return [...socketList(net, protocol, name)]
    } catch (error) {
      // A kernel without IPv6, or without raw sockets, has no such list.
      if (isGone(error) && name !== 'tcp') return []
      throw error
    }
  })

/** One list, as long as it is. Throws what the system throws. */
export function* socketList(net: string, protocol: Socket['protocol'], name: string): Generator<Socket> {
  for (const line of procLines(`${net}/${name}`)) {
    const socket = parseSocket(protocol, line)
    if (socket !== undefined) yield socket
  }
}

/** Lines of /proc/net/tcp and its like (proc_pid_net(5)): slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode. */
const LINE =
  /^ *\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{2}) \S+ \S+ \S+ +(\d+) +\d+ +(\d+)/

/** Undefined for a line of another form, such as the heading. */
export const parseSocket = (protocol: Socket['protocol'], line: string): Socket | undefined => {
  const match = LINE.exec(line)
  if (match === null) return undefined
  const [, local, localPort, remote, remotePort, state, uid, inode] = match
  return {
    protocol,
    state: STATES[Number.parseInt(state!, 16)] || 'unknown',
    local: addressOf(local!),
    localPort: Number.parseInt(localPort!, 16),
    remote: addressOf(remote!),
    remotePort: Number.parseInt(remotePort!, 16),
    uid: Number(uid),
    inode: Number(inode)
  }
}

/** Words of 32 bits, each as the machine keeps it: with its last byte first, on all that we run on. */
export const addressOf = (hex: string): string => {
  const bytes: number[] = []
  for (let word = 0; word < hex.length; word += 8)
    for (let byte = 6; byte >= 0; byte -= 2)
      bytes.push(Number.parseInt(hex.slice(word + byte, word + byte + 2), 16))
  return addressText(bytes)
}

/** An address by its bytes in the order of the network. */
export const addressText = (bytes: readonly number[]): string => {
  if (bytes.length === 4) return bytes.join('.')
  const mapped = bytes.slice(0, 10).every(byte => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
  if (mapped) return bytes.slice(12).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16))
  return shortened(groups)
}

/** The longest run of two and more zero groups as `::` (RFC 5952). */
const shortened = (groups: readonly string[]): string => {
  let [best, most] = [-1, 1]
  for (let from = 0; from < groups.length; from++) {
    let length = 0
    while (groups[from + length] === '0') length++
    if (length > most) [best, most] = [from, length]
  }
  if (best < 0) return groups.join(':')
  return `${groups.slice(0, best).join(':')}::${groups.slice(best + most).join(':')}`
}

/** `tcp listen 0.0.0.0:22`, `tcp established 10.0.0.1:5022 203.0.113.9:443`, with IPv6 addresses in square brackets. */
export const socketText = ({ protocol, state, local, localPort, remote, remotePort }: Socket): string => {
  const near = `${protocol} ${state} ${ended(local, localPort)}`
  return remotePort === 0 ? near : `${near} ${ended(remote, remotePort)}`
}

const ended = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
