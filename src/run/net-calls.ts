import { lookup } from 'node:dns/promises'
import { connect as connectTcp, isIPv4, isIPv6 } from 'node:net'
import { getSystemErrorName } from 'node:util'
import { systemClock } from '../clock.ts'
import { GumshoeError } from '../errors.ts'
import type { NetCalls, Talk } from '../modules/lib/network/net-calls.ts'
import { loadNative } from './native.ts'
import type { RawNetCalls } from './raw-calls.ts'

/** The ways to other machines that a module for the network is handed; undefined where there is no native part for this machine. */
export const netCalls = async (): Promise<NetCalls | undefined> => {
  const native = await loadNative()
  return native && netCallsOf(native.netCalls())
}

const AF_INET = 2
const AF_INET6 = 10
const DATAGRAM = 2
const NONBLOCK = 0x800
const CLOSE_ON_EXEC = 0x80000
const ICMP = { [AF_INET]: 1, [AF_INET6]: 58 } as const
const POLLIN = 1
const EINTR = 4
const EAGAIN = 11
/** A datagram that is larger is none that we asked for. */
const DATAGRAM_BYTES = 2_048

export const netCallsOf = (raw: RawNetCalls): NetCalls => ({
  now: () => systemClock.now(),
  addresses: async name => (await lookup(name, { all: true })).map(({ address }) => address),
  talk: (kind, address, port) => new Socket(raw, kind, address, port),
  connect: (address, port, ms) =>
    new Promise((done, failed) => {
      const socket = connectTcp({ host: address, port, autoSelectFamily: false })
      socket.setTimeout(ms, () => socket.destroy(failure('connect', 'ETIMEDOUT')))
      socket.once('error', failed)
      socket.once('connect', () => {
        socket.destroy()
        done()
      })
    })
})

/** A socket of datagrams that is connected to one address, so that it hears nobody else. */
class Socket implements Talk {
  readonly #raw: RawNetCalls
  readonly #fd: number
  readonly #into = Buffer.alloc(DATAGRAM_BYTES)

  constructor(raw: RawNetCalls, kind: 'udp' | 'icmp', address: string, port: number) {
    this.#raw = raw
    const family = isIPv4(address) ? AF_INET : AF_INET6
    const to = socketAddress(address, kind === 'icmp' ? 0 : port)
    const protocol = kind === 'icmp' ? ICMP[family] : 0
    this.#fd = raw.socket(family, DATAGRAM | NONBLOCK | CLOSE_ON_EXEC, protocol)
    if (this.#fd < 0)
      throw new GumshoeError(
        'unsupported',
        kind === 'icmp'
          ? 'The kernel lets this process send no ICMP (net.ipv4.ping_group_range).'
          : `The kernel opens no socket: ${nameOf(raw.errno())}.`
      )
    if (raw.connect(this.#fd, to, to.length) < 0) {
      const error = failure('connect', nameOf(raw.errno()))
      this.close()
      throw error
    }
  }

  send(bytes: Uint8Array): void {
    const buffer = Buffer.from(bytes)
    if (this.#raw.send(this.#fd, buffer, buffer.length, 0) < 0)
      throw failure('send', nameOf(this.#raw.errno()))
  }

  async receive(ms: number): Promise<{ bytes: Buffer; at: number } | undefined> {
    const wanted = Buffer.alloc(8)
    wanted.writeInt32LE(this.#fd, 0)
    wanted.writeInt16LE(POLLIN, 4)
    const until = systemClock.monotonic() + ms
    for (;;) {
      const left = Math.ceil(until - systemClock.monotonic())
      if (left <= 0 || (await this.#raw.poll(wanted, 1, left)) === 0) return undefined
      const at = systemClock.now()
      const length = this.#raw.recv(this.#fd, this.#into, DATAGRAM_BYTES, 0)
      if (length >= 0) return { bytes: Buffer.from(this.#into.subarray(0, length)), at }
      const errno = this.#raw.errno()
      if (errno !== EAGAIN && errno !== EINTR) throw failure('recv', nameOf(errno))
    }
  }

  close(): void {
    this.#raw.close(this.#fd)
  }
}

/** struct sockaddr_in or sockaddr_in6. Throws `internal` for what is no address. */
const socketAddress = (address: string, port: number): Buffer => {
  if (isIPv4(address)) {
    const bytes = Buffer.alloc(16)
    bytes.writeUInt16LE(AF_INET, 0)
    bytes.writeUInt16BE(port, 2)
    for (const [i, part] of address.split('.').entries()) bytes[4 + i] = Number(part)
    return bytes
  }
  if (!isIPv6(address) || address.includes('%'))
    throw new GumshoeError('internal', `${address} is no address.`)
  const bytes = Buffer.alloc(28)
  bytes.writeUInt16LE(AF_INET6, 0)
  bytes.writeUInt16BE(port, 2)
  for (const [i, group] of groupsOf(address).entries()) bytes.writeUInt16BE(group, 8 + 2 * i)
  return bytes
}

/** The eight groups of an IPv6 address; the URL parser writes it in one form only. */
const groupsOf = (address: string): number[] => {
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [front, back] = plain.split('::').map(half => half.split(':').filter(Boolean))
  const missing = 8 - front!.length - (back?.length ?? 0)
  return [...front!, ...Array<string>(missing).fill('0'), ...(back ?? [])].map(group =>
    Number.parseInt(group, 16)
  )
}

const nameOf = (errno: number): string => getSystemErrorName(-errno)

const failure = (call: string, code: string): Error => Object.assign(new Error(`${call}: ${code}`), { code })
