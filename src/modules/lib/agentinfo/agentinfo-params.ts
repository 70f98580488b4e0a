import { z } from 'zod'
import { FENCES } from '../../../documents/facts.ts'
import { moduleForm } from '../../../documents/vocabulary.ts'
import { LIMITS } from '../../../limits.ts'
import type { Flag } from '../../spec.ts'
import { moment } from '../files/say-search.ts'
import { parseAge } from '../files/search-flags.ts'
import { rangeSchema } from '../files/search-params.ts'
import { checked, compact, many, parseNumbers, strings, yes } from '../flags.ts'
import { MODULE_STATES } from './about-agent.ts'

/** The parameters of `agentinfo/1`, as they stand in a signed action, and the way to them from flags. */

const list = <T>(item: z.ZodType<T>) => z.array(item).min(1).max(LIMITS.checksPerSearch).optional()

export const agentinfoParams = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('agent'),
    /** Its version comes before this one, in the order of target expressions. */
    older: z
      .string()
      .regex(/^[0-9A-Za-z][0-9A-Za-z.+~_-]{0,63}$/, 'a version is like 0.2')
      .optional(),
    fences: list(z.enum(FENCES)),
    unprivileged: z.literal(true).optional(),
    /** Ms since 1970. */
    started: rangeSchema.optional(),
    charter: rangeSchema.optional()
  }),
  z.strictObject({
    kind: z.literal('module'),
    modules: list(moduleForm),
    states: list(z.enum(MODULE_STATES))
  })
])
export type AgentinfoParams = z.infer<typeof agentinfoParams>

export const AGENTINFO_FLAGS: Record<string, Flag> = {
  kind: {
    type: 'string',
    doc: 'What is asked about; the agent where nothing else is said',
    group: 'What',
    values: ['agent', 'module']
  },
  older: { type: 'string', doc: 'Its version comes before this one: 0.2', group: 'Which agents' },
  fence: many('How the kernel holds its modules', 'Which agents', FENCES),
  unprivileged: yes('It may not read every file', 'Which agents'),
  started: {
    type: 'string',
    doc: 'Start of the agent: <1h within, >90d longer ago; d h m',
    group: 'Which agents'
  },
  charter: {
    type: 'string',
    doc: 'Version of its charter: 7, <6 at most, >7 at least, 3-5',
    group: 'Which agents'
  },
  module: many('A module by its id: file/1', 'Which modules'),
  state: many('Whether it may be run here', 'Which modules', MODULE_STATES)
}

const FLAG_OF: Record<string, string> = { fences: 'fence', modules: 'module', states: 'state' }

/** Typed flags → parameters. Throws `bad-params` naming the flag and what it wants. */
export const agentinfoFromFlags = (flags: Record<string, unknown>, now: number): AgentinfoParams => {
  const ofModules = flags['module'] !== undefined || flags['state'] !== undefined
  return checked(
    agentinfoParams,
    compact({
      kind: flags['kind'] ?? (ofModules ? 'module' : 'agent'),
      older: flags['older'],
      fences: strings(flags, 'fence'),
      unprivileged: flags['unprivileged'],
      started:
        flags['started'] === undefined ? undefined : parseAge('started', String(flags['started']), now),
      charter: flags['charter'] === undefined ? undefined : parseNumbers('charter', String(flags['charter'])),
      modules: strings(flags, 'module'),
      states: strings(flags, 'state')
    }),
    FLAG_OF
  )
}

/** The question in words, for the preview. */
export const sayAgentinfo = (params: AgentinfoParams): string => {
  if (params.kind === 'module') {
    const which = params.modules === undefined ? 'every module' : params.modules.join(', ')
    const states = params.states === undefined ? '' : `, where it is ${params.states.join(' or ')}`
    return `whether the agent lets ${which} run${states}. Changes nothing.`
  }
  const { older, fences, unprivileged, started, charter } = params
  const words = [
    ...(older === undefined ? [] : [`older than ${older}`]),
    ...(fences === undefined ? [] : [`with a fence that is ${fences.join(' or ')}`]),
    ...(unprivileged ? ['that may not read every file'] : []),
    ...(started?.from === undefined ? [] : [`started since ${moment(started.from)}`]),
    ...(started?.to === undefined ? [] : [`started before ${moment(started.to)}`]),
    ...(charter === undefined
      ? []
      : [`with a charter of version ${charter.from ?? 1} to ${charter.to ?? 'the last'}`])
  ]
  return `what the agent is${words.length > 0 ? `, if it is one ${words.join(' and ')}` : ''}. Changes nothing.`
}

/** What the question names outright. */
export const agentinfoLiterals = (params: AgentinfoParams): string[] =>
  params.kind === 'module' ? [...new Set(params.modules ?? [])] : []
