import { NETSTAT_FLAGS, netstatFromFlags } from './lib/network/netstat-flags.ts'
import { type NetstatParams, netstatParams } from './lib/network/netstat-params.ts'
import { runNetstat } from './lib/network/run-netstat.ts'
import { netstatLiterals, sayNetstat } from './lib/network/say-netstat.ts'
import { runLimits } from './lib/run-limits.ts'
import { module } from './spec.ts'

/** Finds what a host is connected with, and how. Reads /proc, /sys and resolv.conf; opens no socket, sends nothing. */
export const netstat = module<NetstatParams>({
  name: 'netstat',
  major: 1,
  sentence:
    'Finds interfaces, addresses, neighbours, listening and connected sockets, routes and name servers, also in containers; returns which.',
  platforms: ['linux'],
  risk: 'inspect',
  brief: true,
  anyRoot: false,
  rights: [
    {
      right:
        'look into the processes of all users (root, or CAP_SYS_PTRACE), for --process, --owner and --namespaces',
      without: 'who holds a socket is unreadable: a "no" that depends on it becomes "partial"'
    }
  ],
  looks: ({ processes, owners, namespaces }) => (processes || owners || namespaces ? 'processes' : 'files'),
  neighbours: ({ kinds }) => kinds.includes('neighbour'),
  flags: NETSTAT_FLAGS,
  params: netstatParams,
  fromFlags: netstatFromFlags,
  say: sayNetstat,
  literals: netstatLiterals,
  columns: {
    kind: {
      type: 'text',
      secrecy: 'plain',
      doc: 'interface, address, neighbour, listening, connected, route or dns'
    },
    protocol: { type: 'text', secrecy: 'plain', doc: 'tcp, udp, raw or packet' },
    state: { type: 'text', secrecy: 'plain', doc: 'State of the socket' },
    local: { type: 'text', secrecy: 'guessable', doc: 'Own address' },
    localPort: {
      type: 'count',
      secrecy: 'guessable',
      doc: 'Own port; of a raw socket, the number of the protocol'
    },
    remote: {
      type: 'text',
      secrecy: 'guessable',
      doc: 'Address of the other end, the neighbour, gateway or server'
    },
    remotePort: { type: 'count', secrecy: 'guessable', doc: 'Port of the other end' },
    asked: { type: 'text', secrecy: 'guessable', doc: 'Network or port of the question that it matched' },
    user: { type: 'text', secrecy: 'guessable', doc: 'User whose socket it is, by name' },
    pid: {
      type: 'count',
      secrecy: 'plain',
      doc: 'A process that holds the socket, with --owner or --process'
    },
    process: { type: 'bytes', secrecy: 'private', doc: 'What that calls itself' },
    interface: { type: 'bytes', secrecy: 'private', doc: 'Name of the interface' },
    mac: { type: 'text', secrecy: 'guessable', doc: 'Hardware address, own or of the neighbour' },
    link: { type: 'text', secrecy: 'plain', doc: 'up, down, unknown, …' },
    promiscuous: { type: 'bool', secrecy: 'plain', doc: 'The interface takes what is not for it' },
    driver: { type: 'bytes', secrecy: 'private', doc: 'Driver of the interface' },
    received: { type: 'count', secrecy: 'plain', doc: 'Bytes that the interface received' },
    sent: { type: 'count', secrecy: 'plain', doc: 'Bytes that the interface sent' },
    destination: { type: 'text', secrecy: 'guessable', doc: 'Network that the route leads to' },
    metric: { type: 'count', secrecy: 'plain', doc: 'Metric of the route' },
    namespace: { type: 'count', secrecy: 'plain', doc: 'Tells network namespaces apart, with --namespaces' },
    first: { type: 'count', secrecy: 'plain', doc: 'The first process in that namespace' }
  },
  limits: runLimits(),
  examples: [
    {
      title: 'Connections to a network of the attacker',
      argv: ['--connected-ip', '203.0.113.0/24', '--owner']
    },
    {
      title: 'Connections out to the Internet',
      argv: ['--connected-ip', '!private', '--state', 'established']
    },
    {
      title: 'Who listens on a port, in containers too',
      argv: ['--listening-port', '4444', '--namespaces', '--owner']
    },
    {
      title: 'Whoever listens to all that passes by',
      argv: ['--promiscuous', '--protocol', 'packet', '--owner']
    },
    { title: 'Neighbours of one maker', argv: ['--neighbor-mac', '^00:0c:29:'] }
  ],
  run: runNetstat
})
