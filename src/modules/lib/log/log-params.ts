import { z } from 'zod'
import { GumshoeError } from '../../../errors.ts'
import { LIMITS } from '../../../limits.ts'
import type { Flag } from '../../spec.ts'
import { moment, not, plainName } from '../files/say-search.ts'
import { checked, compact, many, strings } from '../flags.ts'
import { nameFilter } from '../match/name-filter.ts'
import { compilePattern } from '../match/regex.ts'

/** The parameters of `log/1`, as they stand in a signed action, and the way to them from flags. */

export const LOG_SOURCES = ['journal', 'text', 'audit', 'logins'] as const
export type LogSource = (typeof LOG_SOURCES)[number]

/** As syslog(3) numbers them. */
export const PRIORITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const

const list = <T>(item: z.ZodType<T>) => z.array(item).min(1).max(LIMITS.checksPerSearch).optional()
const text = z.string().min(1).max(LIMITS.patternBytes)
const label = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'a label is of a-z, 0-9, - and _')
const path = z
  .string()
  .max(LIMITS.pathBytes)
  .regex(/^\/[^\0]+$/, 'a path is absolute')
  .refine(value => !/(^|\/)\.{0,2}(\/|$)/.test(value.slice(1)), 'write the path without . and ..')

export const logParams = z
  .strictObject({
    sources: z.array(z.enum(LOG_SOURCES)).min(1).max(LOG_SOURCES.length),
    /** Logs in files, with their rotations, beside those that are known. */
    paths: list(path),
    /** Ms since 1970, both ends included. */
    since: z.int().min(0).optional(),
    until: z.int().min(0).optional(),
    /** Regular expressions; a leading `!` inverts. All must hold. */
    units: list(text),
    programs: list(text),
    /** This urgent or more: 0 to 7. */
    priority: z.int().min(0).max(7).optional(),
    /** Of which one must match. */
    patterns: z
      .array(z.strictObject({ label, pattern: text }))
      .min(1)
      .max(LIMITS.searches)
      .optional(),
    /** Only what was counted as often. */
    atLeast: z.int().min(2).max(1_000_000_000).optional()
  })
  .refine(({ sources }) => new Set(sources).size === sources.length, 'each source is named once')
  .refine(({ patterns = [] }) => new Set(patterns.map(one => one.label)).size === patterns.length, {
    path: ['patterns'],
    message: 'each pattern has a label of its own'
  })
  .superRefine((params, context) => {
    const issue = (name: string, message: string) =>
      context.addIssue({ code: 'custom', path: [name], message })
    const others = params.sources.some(source => source !== 'journal')
    for (const name of ['units', 'priority'] as const)
      if (params[name] !== undefined && others) issue(name, 'only --source journal has it')
    if (params.paths !== undefined && !params.sources.includes('text'))
      issue('paths', 'only --source text has it')
    if (params.since !== undefined && params.until !== undefined && params.since > params.until)
      issue('until', 'it ends before it begins')
  })
export type LogParams = z.infer<typeof logParams>

export const LOG_FLAGS: Record<string, Flag> = {
  source: many('Where it is looked; everywhere where nothing else is said', 'Where', LOG_SOURCES),
  path: many('A log in a file, with its rotations; of a directory every file. Only these then', 'Where'),
  since: { type: 'string', doc: 'From then on: 7d, 12h, 30m ago, or 2026-11-24T09:00:00Z', group: 'When' },
  until: { type: 'string', doc: 'Up to then: 1d, 12h, 30m ago, or 2026-11-24T12:00:00Z', group: 'When' },
  unit: many('Regular expression on the unit of systemd; "!re" inverts', 'Which entries'),
  program: many('Regular expression on the program that wrote it; "!re" inverts', 'Which entries'),
  priority: { type: 'string', doc: 'This urgent or more', group: 'Which entries', values: PRIORITIES },
  pattern: many('Regular expression on the text; any one of several', 'Which entries'),
  label: many('A word for each --pattern, in their order; p1, p2, … without', 'Which entries'),
  'at-least': { type: 'number', doc: 'Only what is there so often', group: 'Which entries' }
}

const FLAG_OF: Record<string, string> = {
  sources: 'source',
  paths: 'path',
  units: 'unit',
  programs: 'program',
  patterns: 'pattern',
  atLeast: 'at-least'
}

const SPANS: Record<string, number> = { d: 86_400_000, h: 3_600_000, m: 60_000 }

/** `7d` before now, or a moment. */
const momentOf = (flags: Record<string, unknown>, name: string, now: number): number | undefined => {
  if (flags[name] === undefined) return undefined
  const value = String(flags[name])
  const ago = /^(\d{1,6})([dhm])$/.exec(value)
  const at = ago
    ? now - Number(ago[1]) * SPANS[ago[2]!]!
    : /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$/.test(value)
      ? Date.parse(value)
      : Number.NaN
  if (!Number.isSafeInteger(at))
    throw new GumshoeError(
      'bad-params',
      `--${name} ${value}: a time is like 7d, 12h, 30m or 2026-11-24T09:00:00Z.`
    )
  return Math.max(0, at)
}

const patternsOf = (flags: Record<string, unknown>): LogParams['patterns'] => {
  const patterns = strings(flags, 'pattern')
  const labels = strings(flags, 'label')
  if (labels !== undefined && labels.length !== patterns?.length)
    throw new GumshoeError('bad-params', '--label: give one for each --pattern.')
  return patterns?.map((pattern, i) => ({ label: labels?.[i] ?? `p${i + 1}`, pattern }))
}

/** What only a journal knows is asked of the journal; a path names a text. */
const sourcesOf = (flags: Record<string, unknown>): readonly string[] => {
  const said = strings(flags, 'source')
  if (said !== undefined) return said
  if (flags['path'] !== undefined) return ['text']
  return flags['unit'] !== undefined || flags['priority'] !== undefined ? ['journal'] : LOG_SOURCES
}

/** Typed flags → parameters. Throws `bad-params` naming the flag and what it wants. */
export const logFromFlags = (flags: Record<string, unknown>, now: number): LogParams => {
  const priority = flags['priority']
  const params = checked(
    logParams,
    compact({
      sources: sourcesOf(flags),
      paths: strings(flags, 'path')?.map(value => value.replace(/(.)\/+$/, '$1')),
      since: momentOf(flags, 'since', now),
      until: momentOf(flags, 'until', now),
      units: strings(flags, 'unit'),
      programs: strings(flags, 'program'),
      priority:
        priority === undefined ? undefined : PRIORITIES.indexOf(priority as (typeof PRIORITIES)[number]),
      patterns: patternsOf(flags),
      atLeast: flags['at-least']
    }),
    FLAG_OF
  )
  // What is no regular expression is said here, not by a thousand hosts.
  nameFilter(params.units, 'unit')
  nameFilter(params.programs, 'program')
  for (const { pattern } of params.patterns ?? []) compilePattern(pattern, 'pattern')
  return params
}

const SOURCE_WORDS: Record<LogSource, string> = {
  journal: 'the journal',
  text: 'logs in /var/log',
  audit: 'the audit log',
  logins: 'records of log-ins'
}

/** The question in words, for the preview. */
export const sayLog = (params: LogParams): string => {
  const where = params.paths ?? params.sources.map(source => SOURCE_WORDS[source])
  const words = [
    ...(params.since === undefined ? [] : [`since ${moment(params.since)}`]),
    ...(params.until === undefined ? [] : [`until ${moment(params.until)}`]),
    ...(params.units ?? []).map(unit => not(unit, 'of the unit')),
    ...(params.programs ?? []).map(program => not(program, 'by the program')),
    ...(params.priority === undefined ? [] : [`of ${PRIORITIES[params.priority]} or more urgent`]),
    ...(params.patterns ? [`with ${params.patterns.map(({ pattern }) => pattern).join(' or ')}`] : []),
    ...(params.atLeast === undefined ? [] : [`at least ${params.atLeast} times`])
  ]
  return `entries of ${where.join(', ')}${words.length > 0 ? ` ${words.join(', ')}` : ''}, counted. Changes nothing; no line is returned.`
}

/** What the question names outright. */
export const logLiterals = (params: LogParams): string[] => [
  ...new Set([
    ...(params.paths ?? []),
    ...[...(params.units ?? []), ...(params.programs ?? [])].flatMap(source => plainName(source) ?? [])
  ])
]
