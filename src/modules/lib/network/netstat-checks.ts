import type { Row } from '../../spec.ts'
import type { Accounts } from '../host/accounts.ts'
import { inRanges, nameFilter } from '../match/name-filter.ts'
import type { Neighbour, Route } from './net-lists.ts'
import type { NetstatParams } from './netstat-params.ts'
import { networksOf } from './networks.ts'
import type { Socket } from './proc-sockets.ts'
import type { Owner } from './socket-owners.ts'

/** An interface as the kernel shows it; what could not be seen is not there. */
export interface Interface {
  /** As latin1, byte for byte. */
  readonly name: string
  readonly mac?: string
  readonly promiscuous?: boolean
}

/** The socket of any protocol, as rows tell it. */
export interface AnySocket extends Omit<Socket, 'protocol'> {
  readonly protocol: Socket['protocol'] | 'packet'
}

/** What a check says of a thing: the cells that it adds where it holds; undefined where not; `unseen` where that could not be seen. */
export type Verdict = Row | undefined | 'unseen'

export interface CompiledNetstat {
  interface(one: Interface): Verdict
  address(address: string, name: string | undefined): Verdict
  neighbour(one: Neighbour): Verdict
  listening(socket: AnySocket, owners: Owners): Verdict
  connected(socket: AnySocket, owners: Owners): Verdict
  route(one: Route): Verdict
  server(address: string): Verdict
}

/** The processes that hold a socket; undefined where nobody asked for them, and whether some could not be seen. */
export interface Owners {
  readonly all: readonly Owner[] | undefined
  readonly partly: boolean
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/** Hardware addresses are the same in any case. */
const macFilter = (sources: readonly string[] | undefined, flag: string) =>
  nameFilter(
    sources?.map(source => (source.startsWith('!') ? `!(?i)${source.slice(1)}` : `(?i)${source}`)),
    flag
  )

const inNone = () => ({ holds: true }) as const
const networks = (texts: readonly string[] | undefined) => (texts === undefined ? inNone : networksOf(texts))

/** Compiles a question. Throws `bad-params` that names the flag. */
export const compileNetstat = (params: NetstatParams, accounts: Accounts): CompiledNetstat => {
  const named = nameFilter(params.interfaces, 'interface')
  const localMac = macFilter(params.localMacs, 'local-mac')
  const neighbourMac = macFilter(params.neighbourMacs, 'neighbor-mac')
  const held = nameFilter(params.processes, 'process')
  const local = networks(params.localIps)
  const neighbour = networks(params.neighbourIps)
  const remote = networks(params.connectedIps)
  const destination = networks(params.destinations)
  const gateway = networks(params.gateways)
  const server = networks(params.servers)
  const isNamed = (name: string | undefined) =>
    named === undefined || (name === undefined ? undefined : named(bytes(name)))

  /** What all sockets are asked, the dearest last; with who holds it. */
  const socket = (one: AnySocket, { all, partly }: Owners): Verdict => {
    if (params.protocols?.includes(one.protocol) === false) return undefined
    if (params.states?.includes(one.state) === false) return undefined
    const user = accounts.user(one.uid)
    if (params.users?.some(each => each === user || each === String(one.uid)) === false) return undefined
    const owner = held === undefined ? all?.[0] : all?.find(({ name }) => held(name))
    // Some sockets nobody holds any more; but nobody can be told from one that we could not look into.
    if (held !== undefined && owner === undefined) return partly && one.inode !== 0 ? 'unseen' : undefined
    return { user, ...(owner && { pid: owner.pid, process: new Uint8Array(owner.name) }) }
  }

  return {
    interface: ({ name, mac, promiscuous }) => {
      if (isNamed(name) === false) return undefined
      if (promiscuous === false && params.promiscuous) return undefined
      if (mac !== undefined && localMac?.(bytes(mac)) === false) return undefined
      return (localMac !== undefined && mac === undefined) ||
        (params.promiscuous && promiscuous === undefined)
        ? 'unseen'
        : {}
    },
    address: (address, name) => {
      const { holds, asked } = judged(local(address))
      if (!holds) return undefined
      const right = isNamed(name)
      return right === undefined ? 'unseen' : right ? told(asked) : undefined
    },
    neighbour: ({ address, mac, name }) => {
      const { holds, asked } = judged(neighbour(address))
      if (!holds || isNamed(name) === false || neighbourMac?.(bytes(mac)) === false) return undefined
      return told(asked)
    },
    listening: (one, owners) => {
      if (!isListening(one)) return undefined
      const asked = portOf(params.listeningPorts, one)
      return asked === false ? undefined : both(told(asked), socket(one, owners))
    },
    connected: (one, owners) => {
      if (!isConnected(one)) return undefined
      if (params.localPorts !== undefined && !inRanges(params.localPorts, one.localPort)) return undefined
      if (params.remotePorts !== undefined && !inRanges(params.remotePorts, one.remotePort)) return undefined
      const { holds, asked } = judged(remote(one.remote))
      return holds ? both(told(asked), socket(one, owners)) : undefined
    },
    route: one => {
      const to = judged(destination(one.destination.split('/')[0]!))
      const by =
        one.gateway === undefined ? { holds: params.gateways === undefined } : judged(gateway(one.gateway))
      if (!to.holds || !by.holds || isNamed(one.name) === false) return undefined
      return told(to.asked ?? by.asked)
    },
    server: address => {
      const { holds, asked } = judged(server(address))
      return holds ? told(asked) : undefined
    }
  }
}

type Judged = { readonly holds: boolean; readonly asked?: string }
const judged = (of: Judged): Judged => of

/** Which of the question's own words it was. */
const told = (asked: string | undefined): Row => (asked === undefined ? {} : { asked })

const both = (one: Row, other: Verdict): Verdict =>
  other === undefined || other === 'unseen' ? other : { ...one, ...other }

/**
 * Waits for whoever comes: TCP in the state that says so; of what knows no connections, what is connected with nobody.
 * A socket that merely has a port, or has had one (`close`), listens to nothing.
 */
const isListening = (one: AnySocket): boolean =>
  one.protocol === 'tcp'
    ? one.state === 'listen'
    : isOpen(one) && (one.protocol !== 'udp' || one.localPort !== 0)

const isConnected = (one: AnySocket): boolean => one.state !== 'listen' && !isOpen(one)

/** Nobody in particular is at the other end. */
const isOpen = ({ remote, remotePort }: AnySocket): boolean =>
  remotePort === 0 && ['', '0.0.0.0', '::'].includes(remote)

/** The port as the question names it; false where it is another; raw sockets and those of packets have none. */
const portOf = (
  ranges: NetstatParams['listeningPorts'],
  { protocol, localPort }: AnySocket
): string | undefined | false => {
  if (ranges === undefined) return undefined
  if (protocol === 'raw' || protocol === 'packet' || !inRanges(ranges, localPort)) return false
  return ranges.some(({ from, to }) => from === localPort && to === localPort) ? String(localPort) : undefined
}
