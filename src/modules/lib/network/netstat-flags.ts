import type { Flag } from '../../spec.ts'
import { checked, compact, many, parseNumbers, strings, yes } from '../flags.ts'
import { compileNetstat } from './netstat-checks.ts'
import {
  impliedKinds,
  NETSTAT_KINDS,
  type NetstatParams,
  netstatParams,
  PROTOCOLS,
  SOCKET_STATES
} from './netstat-params.ts'
import { parseNetwork } from './networks.ts'

const network =
  'address or network, "!" before it excludes; "private": all that is no address of the Internet'
const mac = 'Regular expression on the hardware address, in any case; "!re" inverts'
const port = '22, <1023, >49152 or 6000-6010'

export const NETSTAT_FLAGS: Record<string, Flag> = {
  kind: many('What to list; without it, what the other flags are about', 'What', NETSTAT_KINDS),
  namespaces: yes('In every network namespace that a process is in: containers too', 'What'),
  'local-mac': many(`Interfaces: ${mac}`, 'Interfaces and addresses'),
  interface: many(
    'Regular expression on the name of the interface; "!re" inverts',
    'Interfaces and addresses'
  ),
  promiscuous: yes('Interfaces that take what is not for them', 'Interfaces and addresses'),
  'local-ip': many(`Own addresses: ${network}`, 'Interfaces and addresses'),
  'neighbor-mac': many(`Neighbours: ${mac}`, 'Neighbours'),
  'neighbor-ip': many(`Neighbours: ${network}`, 'Neighbours'),
  'listening-port': many(`Listening sockets on this port: ${port}`, 'Sockets'),
  'connected-ip': many(`Connected sockets whose other end is here: ${network}`, 'Sockets'),
  'local-port': many(`Connected sockets from this own port: ${port}`, 'Sockets'),
  'remote-port': many(`Connected sockets to this port: ${port}`, 'Sockets'),
  protocol: many('Protocol of the socket; packet: whatever comes to an interface', 'Sockets', PROTOCOLS),
  state: many('State of the socket', 'Sockets', SOCKET_STATES),
  user: many('User whose socket it is, by name or number', 'Sockets'),
  process: many('Regular expression on the name of a process that holds it; "!re" inverts', 'Sockets'),
  owner: yes('Return the process that holds each socket', 'Sockets'),
  route: many(`Routes to destinations in here: ${network}`, 'Routes and names'),
  gateway: many(`Routes by a gateway: ${network}`, 'Routes and names'),
  dns: many(`Servers that names are asked of: ${network}`, 'Routes and names')
}

const EXPRESSIONS = {
  localMacs: 'local-mac',
  neighbourMacs: 'neighbor-mac',
  interfaces: 'interface',
  processes: 'process'
}
const NETWORKS = {
  localIps: 'local-ip',
  neighbourIps: 'neighbor-ip',
  connectedIps: 'connected-ip',
  destinations: 'route',
  gateways: 'gateway',
  servers: 'dns'
}
const PORTS = { listeningPorts: 'listening-port', localPorts: 'local-port', remotePorts: 'remote-port' }
const WORDS = { protocols: 'protocol', states: 'state', users: 'user' }
const SAID = { promiscuous: 'promiscuous', owners: 'owner', namespaces: 'namespaces' }
const FLAG_OF = { kinds: 'kind', ...EXPRESSIONS, ...NETWORKS, ...PORTS, ...WORDS, ...SAID }

/** Typed flags → parameters. Throws `bad-params` naming the flag and what it wants. */
export const netstatFromFlags = (flags: Record<string, unknown>): NetstatParams => {
  const each = <T>(table: Record<string, string>, made: (flag: string) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(table).map(([field, flag]) => [field, made(flag)]))
  const fields = compact({
    ...each(EXPRESSIONS, flag => strings(flags, flag)),
    ...each(NETWORKS, flag => strings(flags, flag)?.flatMap(value => parseNetwork(flag, value))),
    ...each(PORTS, flag => strings(flags, flag)?.map(value => parseNumbers(flag, value))),
    ...each(WORDS, flag => strings(flags, flag)),
    ...each(SAID, flag => flags[flag])
  })
  const params = checked(
    netstatParams,
    { kinds: strings(flags, 'kind') ?? impliedKinds(fields), ...fields },
    FLAG_OF
  )
  // What is no regular expression is said here, not by a thousand hosts.
  compileNetstat(params, { user: String, group: String })
  return params
}
