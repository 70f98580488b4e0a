/** Lists of sockets as the kernel writes them (proc_pid_net(5)). */

const HEADING =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'

const hex = (address: string): string =>
  Buffer.from(address.split('.').map(Number).reverse()).toString('hex').toUpperCase()

const ended = (text: string): string => {
  const [address, port] = text.split(':') as [string, string]
  return `${hex(address)}:${Number(port).toString(16).toUpperCase().padStart(4, '0')}`
}

export interface FakeSocket {
  /** `10.0.0.1:22`. */
  readonly local: string
  readonly remote?: string
  /** As tcp_states.h counts them: 1 established, 6 time-wait, 7 close, 10 listen. */
  readonly state?: number
  readonly uid?: number
  readonly inode?: number
}

export const socketLine = ({
  local,
  remote = '0.0.0.0:0',
  state = 10,
  uid = 0,
  inode = 1
}: FakeSocket): string =>
  `   0: ${ended(local)} ${ended(remote)} ${state.toString(16).toUpperCase().padStart(2, '0')} 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`

export const socketsText = (...sockets: readonly FakeSocket[]): string =>
  HEADING + sockets.map(socketLine).join('')

export const DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 11 1 0 0 0 0 0 0 12 1 0 0 0 0 0 0
  eth0: 21 1 0 0 0 0 0 0 22 1 0 0 0 0 0 0
`
