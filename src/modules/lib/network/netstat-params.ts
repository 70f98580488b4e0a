import { z } from 'zod'
import { LIMITS } from '../../../limits.ts'
import { rangeSchema } from '../files/search-params.ts'
import { isNetwork } from './networks.ts'
import { STATES } from './proc-sockets.ts'

/** The parameters of `netstat/1`, as they stand in a signed action. */

export const NETSTAT_KINDS = [
  'interface',
  'address',
  'neighbour',
  'listening',
  'connected',
  'route',
  'dns'
] as const
export type NetstatKind = (typeof NETSTAT_KINDS)[number]
export const PROTOCOLS = ['tcp', 'udp', 'raw', 'packet'] as const
export const SOCKET_STATES = [...STATES.filter(state => state !== ''), 'unknown']

const SOCKETS: readonly NetstatKind[] = ['listening', 'connected']

/** Which kinds a field is a check of. It needs one of them, and says nothing about the others. */
export const KINDS_OF: Readonly<Record<string, readonly NetstatKind[]>> = {
  localMacs: ['interface'],
  promiscuous: ['interface'],
  localIps: ['address'],
  neighbourMacs: ['neighbour'],
  neighbourIps: ['neighbour'],
  listeningPorts: ['listening'],
  connectedIps: ['connected'],
  localPorts: ['connected'],
  remotePorts: ['connected'],
  protocols: SOCKETS,
  states: SOCKETS,
  users: SOCKETS,
  processes: SOCKETS,
  owners: SOCKETS,
  interfaces: ['interface', 'address', 'neighbour', 'route'],
  destinations: ['route'],
  gateways: ['route'],
  servers: ['dns']
}

const list = <T>(item: z.ZodType<T>) => z.array(item).min(1).max(LIMITS.checksPerSearch).optional()
const text = z.string().min(1).max(LIMITS.patternBytes)
const network = z.string().max(64).refine(isNetwork, 'an address or a network, "!" before it excludes')
const port = list(
  rangeSchema.refine(
    ({ from, to }) => [from, to].every(value => value === undefined || value <= 65_535),
    'a port is at most 65535'
  )
)

export const netstatParams = z
  .strictObject({
    kinds: z
      .array(z.enum(NETSTAT_KINDS))
      .min(1, 'say at least one thing about the network')
      .max(NETSTAT_KINDS.length),
    /** Regular expressions, of which all must hold; a leading `!` inverts. */
    localMacs: list(text),
    neighbourMacs: list(text),
    interfaces: list(text),
    processes: list(text),
    /** Networks, of which one must hold the address; a leading `!` excludes. */
    localIps: list(network),
    neighbourIps: list(network),
    connectedIps: list(network),
    destinations: list(network),
    gateways: list(network),
    servers: list(network),
    listeningPorts: port,
    localPorts: port,
    remotePorts: port,
    protocols: list(z.enum(PROTOCOLS)),
    states: list(z.enum(SOCKET_STATES as [string, ...string[]])),
    /** Owners of sockets, by name or number. */
    users: list(text),
    promiscuous: z.literal(true).optional(),
    /** With the processes that hold each socket. */
    owners: z.literal(true).optional(),
    /** Every network namespace that a process is in, not only the host's own. */
    namespaces: z.literal(true).optional()
  })
  .refine(({ kinds }) => new Set(kinds).size === kinds.length, 'each kind is named once')
  .superRefine((params, context) => {
    for (const [name, kinds] of Object.entries(KINDS_OF))
      if (
        params[name as keyof typeof params] !== undefined &&
        !kinds.some(kind => params.kinds.includes(kind))
      )
        context.addIssue({
          code: 'custom',
          path: [name],
          message: `only --kind ${kinds.join(' or ')} has it`
        })
  })
export type NetstatParams = z.infer<typeof netstatParams>

/** The kinds that a question is about where it names none: those of its own checks, and of what all sockets or interfaces have only where nothing else says which. */
export const impliedKinds = (fields: Readonly<Record<string, unknown>>): NetstatKind[] => {
  const asked = Object.entries(KINDS_OF).filter(
    ([name]) => fields[name] !== undefined && fields[name] !== false
  )
  const kinds = new Set(asked.flatMap(([, of]) => (of.length === 1 ? of : [])))
  for (const [name, of] of asked)
    if (!of.some(kind => kinds.has(kind)))
      for (const kind of name === 'interfaces' ? of.slice(0, 1) : of) kinds.add(kind)
  return NETSTAT_KINDS.filter(kind => kinds.has(kind))
}
