import { readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { GumshoeError } from '../../../errors.ts'
import type { Row } from '../../spec.ts'
import { isGone, readProc } from '../processes/proc-read.ts'
import { parseNeighbours6 } from './neighbours6.ts'
import {
  ownAddresses,
  parseAddress6,
  parseNeighbour,
  parsePacketSocket,
  parseRoute,
  parseRoute6,
  parseTraffic
} from './net-lists.ts'
import type { AnySocket, CompiledNetstat, Owners, Verdict } from './netstat-checks.ts'
import type { NetstatKind, NetstatParams } from './netstat-params.ts'
import { procLines } from './proc-lines.ts'
import { SOCKET_LISTS, socketList } from './proc-sockets.ts'
import type { SocketOwners } from './socket-owners.ts'

/** One thing that a question is about, with its kind. */
export type Told = readonly [kind: NetstatKind, row: Row]

/** One network namespace to be told of. */
export interface Place {
  /** Where the kernel shows it. */
  readonly net: string
  /** Where it shows what its interfaces are; only of the host's own. */
  readonly devices: string | undefined
  readonly params: NetstatParams
  /** What the kernel said of neighbours by IPv6. */
  readonly neighbours: Uint8Array | undefined
  readonly question: CompiledNetstat
  readonly owners: SocketOwners | undefined
  /** Cells that say which it is. */
  readonly namespace: Row
  saw(): void
  missed(error: unknown): void
}

/** What is asked for, list by list; undefined for each thing that it is not about. A list that can't be read is told, and the others go on. */
export function* toldOf(place: Place): Generator<Told | undefined> {
  const { kinds } = place.params
  if (kinds.includes('interface')) yield* reading(place, interfaces(place))
  if (kinds.includes('address')) {
    yield* reading(place, addresses(place))
    yield* reading(place, addresses6(place), 'where there is')
  }
  if (kinds.includes('neighbour')) {
    yield* reading(place, neighbours(place), 'where there is')
    yield* reading(place, neighbours6(place), 'where there is')
  }
  if (kinds.includes('route')) {
    yield* reading(place, routes(place, 'route', parseRoute))
    yield* reading(place, routes(place, 'ipv6_route', parseRoute6), 'where there is')
  }
  if (kinds.includes('listening') || kinds.includes('connected')) yield* sockets(place)
}

/** Goes through one list. One that a kernel may be built without is nothing that it could hold. */
function* reading(
  place: Place,
  list: Generator<Told | undefined>,
  needed: 'always' | 'where there is' = 'always'
): Generator<Told | undefined> {
  try {
    for (const next of list) {
      place.saw()
      yield next
    }
  } catch (error) {
    if (needed === 'always' || !isGone(error)) place.missed(error)
  }
}

/** A row where all checks hold. */
const rowOf = (place: Place, kind: NetstatKind, verdict: Verdict, cells: () => Row): Told | undefined => {
  if (verdict === undefined) return undefined
  if (verdict !== 'unseen') return [kind, { kind, ...place.namespace, ...cells(), ...verdict }]
  place.missed(UNSEEN)
  return undefined
}

const UNSEEN = Object.assign(new Error('Some of it could not be seen.'), { code: 'EACCES' })

const bytes = (name: string): Uint8Array => new Uint8Array(Buffer.from(name, 'latin1'))

function* interfaces(place: Place): Generator<Told | undefined> {
  for (const line of procLines(`${place.net}/dev`)) {
    const traffic = parseTraffic(line)
    if (traffic === undefined) continue
    const { name, received, sent } = traffic
    const device = deviceOf(place, name)
    yield rowOf(place, 'interface', place.question.interface({ name, ...device }), () => ({
      interface: bytes(name),
      ...device,
      received,
      sent
    }))
  }
}

const PROMISCUOUS = 0x100

/** What sysfs says of an interface of the host. */
const deviceOf = ({ devices, missed }: Place, name: string) => {
  if (devices === undefined || name.includes('/') || name === '..') return {}
  const path = Buffer.from(`${devices}/${name}/`, 'latin1')
  const said = <T>(make: () => T): T | undefined => {
    try {
      return make()
    } catch (error) {
      if (!isGone(error)) missed(error)
      return undefined
    }
  }
  const text = (file: string) =>
    said(() =>
      readProc(Buffer.concat([path, Buffer.from(file)]))
        .toString('latin1')
        .trim()
    )
  const [mac, flags, link] = [text('address'), text('flags'), text('operstate')]
  const driver = said(() =>
    basename(readlinkSync(Buffer.concat([path, Buffer.from('device/driver')]), { encoding: 'latin1' }))
  )
  return {
    ...(mac !== undefined && { mac: mac.toLowerCase() }),
    ...(flags !== undefined && { promiscuous: (Number(flags) & PROMISCUOUS) !== 0 }),
    ...(link !== undefined && { link }),
    ...(driver !== undefined && { driver: bytes(driver) })
  }
}

function* addresses(place: Place): Generator<Told | undefined> {
  for (const local of ownAddresses(procLines(`${place.net}/fib_trie`)))
    yield rowOf(place, 'address', place.question.address(local, undefined), () => ({ local }))
}

function* addresses6(place: Place): Generator<Told | undefined> {
  for (const line of procLines(`${place.net}/if_inet6`)) {
    const read = parseAddress6(line)
    if (read === undefined) continue
    const { address: local, name } = read
    yield rowOf(place, 'address', place.question.address(local, name), () => ({
      local,
      interface: bytes(name)
    }))
  }
}

function* neighbours(place: Place): Generator<Told | undefined> {
  for (const line of procLines(`${place.net}/arp`)) {
    const one = parseNeighbour(line)
    if (one === undefined) continue
    yield rowOf(place, 'neighbour', place.question.neighbour(one), () => ({
      remote: one.address,
      mac: one.mac,
      interface: bytes(one.name)
    }))
  }
}

/** Whom the question could be about: those in its networks, if they are of that family at all. */
const isAbout6 = ({ neighbourIps = [] }: NetstatParams): boolean => {
  const wanted = neighbourIps.filter(text => !text.startsWith('!'))
  return wanted.length === 0 || wanted.some(text => text.includes(':'))
}

/** Neighbours of IPv6 are in no list of /proc. Where there can be some and nobody was asked, there is no `no`. */
function* neighbours6(place: Place): Generator<Told | undefined> {
  if (!isAbout6(place.params)) return
  const names = new Map<number, string>()
  for (const line of procLines(`${place.net}/if_inet6`)) {
    const read = parseAddress6(line)
    if (read !== undefined && read.name !== 'lo') names.set(read.index, read.name)
  }
  if (names.size === 0) return
  if (place.neighbours === undefined) place.missed(new GumshoeError('unsupported', 'IPv6 was not asked.'))
  else
    for (const { address, mac, interfaceIndex } of parseNeighbours6(place.neighbours)) {
      const name = names.get(interfaceIndex) ?? ''
      yield rowOf(place, 'neighbour', place.question.neighbour({ address, mac, name }), () => ({
        remote: address,
        mac,
        interface: bytes(name)
      }))
    }
}

function* routes(place: Place, list: string, parse: typeof parseRoute): Generator<Told | undefined> {
  for (const line of procLines(`${place.net}/${list}`)) {
    const one = parse(line)
    if (one === undefined) continue
    const { name, destination, gateway, metric } = one
    yield rowOf(place, 'route', place.question.route(one), () => ({
      interface: bytes(name),
      destination,
      ...(gateway !== undefined && { remote: gateway }),
      metric
    }))
  }
}

function* sockets(place: Place): Generator<Told | undefined> {
  const wanted = place.params.protocols
  for (const [protocol, list] of SOCKET_LISTS) {
    if (wanted?.includes(protocol) === false) continue
    const all = socketList(place.net, protocol, list)
    yield* reading(place, judged(place, all), list === 'tcp' ? 'always' : 'where there is')
  }
  if (wanted?.includes('packet') !== false)
    yield* reading(place, judged(place, packets(place)), 'where there is')
}

function* judged(place: Place, all: Iterable<AnySocket>): Generator<Told | undefined> {
  const { params, question } = place
  const kinds = (['listening', 'connected'] as const).filter(kind => params.kinds.includes(kind))
  for (const socket of all) {
    let told: Told | undefined
    for (const kind of kinds)
      told ??= rowOf(place, kind, question[kind](socket, ownersOf(place, socket)), () => cellsOf(socket))
    yield told
  }
}

const ownersOf = ({ owners }: Place, { inode }: AnySocket): Owners => ({
  all: owners?.of(inode),
  partly: owners?.unseen !== undefined
})

const cellsOf = ({ protocol, state, local, localPort, remote, remotePort }: AnySocket): Row => ({
  protocol,
  state,
  ...(local !== '' && { local, localPort }),
  ...(remotePort !== 0 ? { remote, remotePort } : protocol === 'raw' && { remote })
})

/** Sockets that take packets as they come. */
function* packets({ net }: Place): Generator<AnySocket> {
  for (const line of procLines(`${net}/packet`)) {
    const one = parsePacketSocket(line)
    if (one === undefined) continue
    const { uid, inode } = one
    yield {
      protocol: 'packet',
      state: 'close',
      local: '',
      localPort: 0,
      remote: '',
      remotePort: 0,
      uid,
      inode
    }
  }
}
