import type { z } from 'zod'
import { sayWrong, wrongIn } from '../../documents/wrong.ts'
import { GumshoeError } from '../../errors.ts'
import type { Flag } from '../spec.ts'
import { algorithmOf, type HashFamily, lengthsOf } from './match/hashes.ts'

/** What every module does with its flags: declares them, and makes parameters of what was typed. */

/** A flag that may be given again and again; with a closed set of values where there is one. */
export const many = (doc: string, group: string, values?: readonly string[]): Flag => ({
  type: 'string',
  repeat: true,
  doc,
  group,
  ...(values && { values })
})

/** A flag that is said or not. */
export const yes = (doc: string, group: string): Flag => ({ type: 'boolean', doc, group })

/** The values of a flag that may be given again and again; undefined where it was not. */
export const strings = (flags: Record<string, unknown>, name: string): string[] | undefined => {
  const value = flags[name]
  if (value === undefined) return undefined
  const all = (Array.isArray(value) ? value : [value]).map(String)
  return all.length > 0 ? all : undefined
}

/** Without what was not said: absent is not empty. */
export const compact = (object: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== false))

/** Checks made parameters by their schema. Throws `bad-params` that names the flag which fills the field. */
export const checked = <P>(schema: z.ZodType<P>, made: unknown, flagOf: Record<string, string>): P => {
  const result = schema.safeParse(made)
  if (result.success) return result.data
  const wrong = wrongIn(result.error)
  const field = wrong.path.length === 0 ? undefined : String(wrong.path[0])
  const place = field === undefined ? 'The question' : `--${flagOf[field] ?? field}`
  throw new GumshoeError('bad-params', sayWrong(place, wrong), { cause: result.error })
}

/** Digests in lower case. Throws `bad-params` where a length is none of the family's. */
export const digests = (flags: Record<string, unknown>, family: HashFamily): string[] | undefined =>
  strings(flags, family)?.map(value => {
    const hex = value.toLowerCase()
    if (algorithmOf(family, hex) === undefined)
      throw new GumshoeError(
        'bad-params',
        `--${family} ${value}: a digest of ${family} has ${lengthsOf(family)} hex digits.`
      )
    return hex
  })

/** `0`, `<1000` (at most), `>1000` (at least), `1000-1999`. Throws `bad-params` that names the flag. */
export const parseNumbers = (name: string, value: string): { from?: number; to?: number } => {
  const match = /^([<>]?)(\d{1,15})(?:-(\d{1,15}))?$/.exec(value)
  const [from, to] = [Number(match?.[2]), match?.[3] === undefined ? undefined : Number(match[3])]
  if (match === null || (match[1] !== '' && to !== undefined))
    throw new GumshoeError('bad-params', `--${name} ${value}: a number is like 0, <1000, >1000 or 1000-1999.`)
  if (match[1] === '<') return { to: from }
  if (match[1] === '>') return { from }
  return { from, to: to ?? from }
}
