import { z } from 'zod'
import { GumshoeError } from '../../../errors.ts'
import type { Flag } from '../../spec.ts'
import { checked, compact, many, strings } from '../flags.ts'
import { hostForm, portForm, readHostPort } from './destination.ts'

/** The parameters of `timedrift/1`, as they stand in a signed action, and the way to them from flags. */

const DAY = 86_400_000

export const timedriftParams = z.strictObject({
  /** `own`: those of the host's own configuration. */
  servers: z.union([
    z.literal('own'),
    z
      .array(z.strictObject({ host: hostForm, port: portForm.optional() }))
      .min(1)
      .max(4)
  ]),
  /** Ms; a clock that is off by more is found. Without it every clock is told. */
  drift: z
    .int()
    .min(10)
    .max(365 * DAY)
    .optional()
})
export type TimedriftParams = z.infer<typeof timedriftParams>

export const TIMEDRIFT_FLAGS: Record<string, Flag> = {
  drift: { type: 'string', doc: 'Off by more than this: 500ms, 5s, 2m, 1h, 1d', group: 'Which clocks' },
  server: many(
    'Time server to ask, instead of those of the host: NAME or ADDRESS, with or without :PORT',
    'Against'
  )
}

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: DAY }

const driftOf = (value: unknown): number | undefined => {
  if (value === undefined) return undefined
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(String(value))
  if (match === null)
    throw new GumshoeError('bad-params', `--drift ${String(value)}: a drift is like 500ms, 5s, 2m, 1h or 1d.`)
  return Number(match[1]) * UNITS[match[2]!]!
}

/** Typed flags → parameters. Throws `bad-params` naming the flag and what it wants. */
export const timedriftFromFlags = (flags: Record<string, unknown>): TimedriftParams =>
  checked(
    timedriftParams,
    compact({
      servers: strings(flags, 'server')?.map(value => readHostPort(value, 'server')) ?? 'own',
      drift: driftOf(flags['drift'])
    }),
    { servers: 'server' }
  )

/** The question in words, for the preview. */
export const sayTimedrift = ({ servers, drift }: TimedriftParams): string => {
  const against =
    servers === 'own' ? 'the time servers that it uses' : servers.map(({ host }) => host).join(', ')
  const what =
    drift === undefined ? 'what the clock differs' : `whether the clock differs by more than ${drift} ms`
  return `${what} from ${against}. Each host sends them a packet or two. Changes nothing.`
}

/** What the question names outright. */
export const timedriftLiterals = ({ servers }: TimedriftParams): string[] =>
  servers === 'own' ? [] : [...new Set(servers.map(({ host }) => host))]
