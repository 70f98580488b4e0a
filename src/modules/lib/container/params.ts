import { z } from 'zod'
import { LIMITS } from '../../../limits.ts'
import type { Flag } from '../../spec.ts'
import { moment, plainName } from '../files/say-search.ts'
import { parseAge } from '../files/search-flags.ts'
import { rangeSchema } from '../files/search-params.ts'
import { checked, compact, many, strings, yes } from '../flags.ts'
import { nameFilter } from '../match/name-filter.ts'
import { capabilityName } from './capabilities.ts'
import { CONTAINER_KINDS, NAMESPACES, RUNTIMES } from './container.ts'

/** The parameters of `container/1`, as they stand in a signed action, and the way to them from flags. */

const list = <T>(item: z.ZodType<T>) => z.array(item).min(1).max(LIMITS.checksPerSearch).optional()
const text = z.string().min(1).max(LIMITS.patternBytes)

/** Fields that only containers have. */
const OF_CONTAINERS = [
  'names',
  'mounts',
  'capabilities',
  'shares',
  'privileged',
  'running',
  'env',
  'runs'
] as const

export const containerParams = z
  .strictObject({
    kinds: z.array(z.enum(CONTAINER_KINDS)).min(1).max(CONTAINER_KINDS.length),
    /** All runtimes where none is named. */
    runtimes: list(z.enum(RUNTIMES)),
    /** Regular expressions on the name of a container, or of its pod; a leading `!` inverts. */
    names: list(text),
    /** Regular expressions on a reference of the image; a leading `!` inverts. */
    images: list(text),
    /** Beginnings of an id of the container, or of a digest of the image, without `sha256:`. */
    digests: list(z.string().regex(/^[0-9a-f]{12,64}$/, 'a digest is 12 to 64 lower-case hex digits')),
    /** Regular expressions on a mount from the host, `source:destination:rw`; a leading `!` inverts. */
    mounts: list(text),
    capabilities: list(z.string().regex(/^[A-Z_]{2,32}$/, 'a capability is like SYS_ADMIN')),
    /** Namespaces that it shares with the host, all of them. */
    shares: list(z.enum(NAMESPACES)),
    /** Regular expressions on the command; a leading `!` inverts. */
    runs: list(text),
    /** Regular expressions on the name of a variable of its environment; a leading `!` inverts. */
    env: list(text),
    privileged: z.literal(true).optional(),
    running: z.boolean().optional(),
    /** Made, ms since 1970. */
    created: rangeSchema.optional()
  })
  .refine(({ kinds }) => new Set(kinds).size === kinds.length, 'each kind is named once')
  .superRefine((params, context) => {
    if (!params.kinds.includes('image')) return
    for (const name of OF_CONTAINERS)
      if (params[name] !== undefined)
        context.addIssue({ code: 'custom', path: [name], message: 'an image has none' })
  })
export type ContainerParams = z.infer<typeof containerParams>

export const CONTAINER_FLAGS: Record<string, Flag> = {
  kind: many('What is asked about; containers where nothing else is said', 'What', CONTAINER_KINDS),
  runtime: many('Whose containers and images', 'What', RUNTIMES),
  name: many('Regular expression on the name of the container or its pod; "!re" inverts', 'Which'),
  image: many('Regular expression on a reference of the image; "!re" inverts', 'Which'),
  digest: many('Id of the container or image, or digest of the image; its first 12 digits at least', 'Which'),
  created: {
    type: 'string',
    doc: 'Made: <7d within, >90d longer ago; d h m; or >2026-11-01',
    group: 'Which'
  },
  running: yes('Some process of this host runs in it', 'Which containers'),
  stopped: yes('No process of this host runs in it', 'Which containers'),
  runs: many('Regular expression on the command; "!re" inverts', 'Which containers'),
  env: many('Regular expression on the name of a variable; "!re" inverts', 'Which containers'),
  privileged: yes('Nothing holds it: privileged, or every capability without any filter', 'What it may do'),
  mount: many(
    'Regular expression on a mount from the host, source:destination:rw; "!re" inverts',
    'What it may do'
  ),
  capability: many('Has this capability, as SYS_ADMIN; all that are named', 'What it may do'),
  shares: many(
    'Namespace that it has in common with the host; all that are named',
    'What it may do',
    NAMESPACES
  )
}

const FLAG_OF: Record<string, string> = {
  kinds: 'kind',
  runtimes: 'runtime',
  names: 'name',
  images: 'image',
  digests: 'digest',
  mounts: 'mount',
  capabilities: 'capability'
}

/** Typed flags → parameters. Throws `bad-params` naming the flag and what it wants. */
export const containerFromFlags = (flags: Record<string, unknown>, now: number): ContainerParams => {
  const { running, stopped } = flags
  const params = checked(
    containerParams.refine(() => !(running && stopped), '--running and --stopped do not go together'),
    {
      ...compact({
        kinds: strings(flags, 'kind') ?? ['container'],
        runtimes: strings(flags, 'runtime'),
        names: strings(flags, 'name'),
        images: strings(flags, 'image'),
        digests: strings(flags, 'digest')?.map(value => value.toLowerCase().replace(/^sha256:/, '')),
        mounts: strings(flags, 'mount'),
        capabilities: strings(flags, 'capability')?.map(capabilityName),
        shares: strings(flags, 'shares'),
        runs: strings(flags, 'runs'),
        env: strings(flags, 'env'),
        privileged: flags['privileged'],
        running,
        created:
          flags['created'] === undefined ? undefined : parseAge('created', String(flags['created']), now)
      }),
      ...(stopped === true && { running: false })
    },
    FLAG_OF
  )
  // What is no regular expression is said here, not by a thousand hosts.
  for (const [flag, sources] of [
    ['name', params.names],
    ['image', params.images],
    ['mount', params.mounts],
    ['runs', params.runs],
    ['env', params.env]
  ] as const)
    nameFilter(sources, flag)
  return params
}

/** The question in words, for the preview. */
export const sayContainer = (params: ContainerParams): string => {
  const say = (values: readonly string[] | undefined, yes: string, no: string): string[] =>
    (values ?? []).map(value => (value.startsWith('!') ? `${no} ${value.slice(1)}` : `${yes} ${value}`))
  const words = [
    ...(params.runtimes ? [`of ${params.runtimes.join(' or ')}`] : []),
    ...say(params.names, 'named', 'not named'),
    ...say(params.images, 'from an image', 'not from an image'),
    ...(params.digests ?? []).map(hex => `with digest ${hex.slice(0, 12)}…`),
    ...say(params.mounts, 'with a mount', 'without a mount'),
    ...(params.capabilities ? [`with ${params.capabilities.join(' and ')}`] : []),
    ...(params.shares ? [`that share ${params.shares.join(' and ')} with the host`] : []),
    ...say(params.runs, 'that run', 'that do not run'),
    ...say(params.env, 'with a variable', 'without a variable'),
    ...(params.privileged ? ['that are privileged'] : []),
    ...(params.running === undefined ? [] : [params.running ? 'that run now' : 'that do not run now']),
    ...(params.created?.from === undefined ? [] : [`made since ${moment(params.created.from)}`]),
    ...(params.created?.to === undefined ? [] : [`made before ${moment(params.created.to)}`])
  ]
  const what = params.kinds.map(kind => `${kind}s`).join(' and ')
  return `${what}${words.length > 0 ? ` ${words.join(' and ')}` : ''}. Changes nothing; asks no daemon.`
}

/** What the question names outright. */
export const containerLiterals = (params: ContainerParams): string[] => [
  ...new Set([
    ...[...(params.names ?? []), ...(params.images ?? [])].flatMap(one => plainName(one) ?? []),
    ...(params.digests ?? []).filter(hex => hex.length === 64).flatMap(hex => [hex, `sha256:${hex}`])
  ])
]
