import {
  MOST_PROBES,
  PING_FLAGS,
  type PingParams,
  pingFromFlags,
  pingLiterals,
  pingParams,
  sayPing
} from './lib/network/ping-params.ts'
import { runPing } from './lib/network/run-ping.ts'
import { runLimits } from './lib/run-limits.ts'
import { type ModuleSpec, module } from './spec.ts'

/** `entries` are probes here: a policy that lowers them lets hosts send fewer. */
const probes = ({ defaults, most }: ModuleSpec['limits']): ModuleSpec['limits'] => ({
  defaults: { ...defaults, entries: MOST_PROBES },
  most: { ...most, entries: MOST_PROBES }
})

/** Whether a host reaches another machine. Sends a few empty probes, and nothing that they could carry. */
export const ping = module<PingParams>({
  name: 'ping',
  major: 1,
  sentence:
    'Tells whether a host reaches another machine by ICMP, TCP or UDP: a few probes, slowly, to one machine.',
  platforms: ['linux'],
  risk: 'sensitive',
  anyRoot: false,
  looks: () => 'network',
  rights: [
    {
      right: 'send ICMP without the rights of root (net.ipv4.ping_group_range)',
      without: 'a question by icmp is answered "unsupported"; tcp and udp need no right'
    }
  ],
  flags: PING_FLAGS,
  params: pingParams,
  fromFlags: pingFromFlags,
  say: sayPing,
  literals: pingLiterals,
  columns: {
    destination: { type: 'text', secrecy: 'guessable', doc: 'Machine, as the question names it' },
    address: { type: 'text', secrecy: 'guessable', doc: 'Its address, as the host resolves it' },
    sent: { type: 'count', secrecy: 'plain', doc: 'How many probes' },
    answered: { type: 'count', secrecy: 'plain', doc: 'How many answers' },
    least: { type: 'count', secrecy: 'plain', doc: 'The fastest answer, ms' },
    most: { type: 'count', secrecy: 'plain', doc: 'The slowest answer, ms' }
  },
  limits: probes(runLimits()),
  examples: [
    { title: 'Who reaches a database', argv: ['--destination', 'db.example.org', '--port', '5432'] },
    { title: 'Who has a way to an address', argv: ['--destination', '192.0.2.10', '--count', '1'] },
    {
      title: 'Who reaches a resolver by UDP',
      argv: ['--destination', '192.0.2.53', '--protocol', 'udp', '--port', '53']
    }
  ],
  run: runPing
})
