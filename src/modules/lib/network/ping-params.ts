import { z } from 'zod'
import { canonicalAddress } from '../../../documents/target/address.ts'
import type { Flag } from '../../spec.ts'
import { checked, compact } from '../flags.ts'
import { hostForm, isForbidden, portForm } from './destination.ts'

/** The parameters of `ping/1`, as they stand in a signed action, and the way to them from flags. */

export const PROTOCOLS = ['icmp', 'tcp', 'udp'] as const

/** Probes of one host, and how far apart: what a host may be made to send is bounded, whoever asks. */
export const MOST_PROBES = 10
const LEAST_APART_MS = 100

export const pingParams = z
  .strictObject({
    /** One machine: whoever wants to know of several asks several times. */
    destination: hostForm.refine(
      host => canonicalAddress(host) === undefined || !isForbidden(host),
      'nothing is sent to the own link, to many at once or to nobody'
    ),
    protocol: z.enum(PROTOCOLS),
    port: portForm.optional(),
    count: z.int().min(1).max(MOST_PROBES),
    /** Between two probes, ms. */
    apart: z.int().min(LEAST_APART_MS).max(10_000),
    /** What is waited for one answer, ms. */
    wait: z.int().min(100).max(10_000),
    /** Hosts begin within this, each at a moment of its own, ms: a thousand at once would be a flood. */
    spread: z.int().min(0).max(30_000)
  })
  .refine(({ protocol, port }) => (protocol === 'icmp') === (port === undefined), {
    path: ['port'],
    message: 'tcp and udp have a port, icmp has none'
  })
export type PingParams = z.infer<typeof pingParams>

const DEFAULTS = { protocol: 'icmp', count: 3, apart: 200, wait: 2_000, spread: 5_000 }

export const PING_FLAGS: Record<string, Flag> = {
  destination: { type: 'string', doc: 'Machine to reach: NAME or ADDRESS', group: 'Whom' },
  protocol: {
    type: 'string',
    doc: 'How; icmp where there is no port, else tcp',
    group: 'Whom',
    values: PROTOCOLS
  },
  port: { type: 'number', doc: 'Port of tcp or udp', group: 'Whom' },
  count: {
    type: 'number',
    doc: `Probes of each host, ${MOST_PROBES} at most; 3 where nothing is said`,
    group: 'How'
  },
  apart: {
    type: 'number',
    doc: `Ms between two probes, ${LEAST_APART_MS} at least; ${DEFAULTS.apart}`,
    group: 'How'
  },
  timeout: { type: 'number', doc: `Ms that an answer may take; ${DEFAULTS.wait}`, group: 'How' },
  spread: {
    type: 'number',
    doc: `Ms within which hosts begin, each at its own moment; ${DEFAULTS.spread}`,
    group: 'How'
  }
}

/** Typed flags → parameters. Throws `bad-params` naming the flag and what it wants. */
export const pingFromFlags = (flags: Record<string, unknown>): PingParams => {
  const said = compact({
    destination: flags['destination'],
    protocol: flags['protocol'] ?? (flags['port'] === undefined ? undefined : 'tcp'),
    port: flags['port'],
    count: flags['count'],
    apart: flags['apart'],
    wait: flags['timeout'],
    spread: flags['spread']
  })
  return checked(pingParams, { ...DEFAULTS, ...said }, { wait: 'timeout' })
}

/** The question in words, for the preview. */
export const sayPing = ({ destination, protocol, port, count }: PingParams): string =>
  `whether ${destination} is reached by ${protocol}${port === undefined ? '' : ` at port ${port}`}. Each host sends ${count} probes at most.`

/** What the question names outright. */
export const pingLiterals = ({ destination }: PingParams): string[] => [
  ...new Set([destination, canonicalAddress(destination) ?? destination])
]
