import type { z } from 'zod'
import { GumshoeError } from '../../errors.ts'
import { algorithmOf, type HashFamily, lengthsOf } from './hashes.ts'

/** Flags as typed, on their way to parameters: what every module does with them. */
export type Typed = Record<string, unknown>

/** All values of a flag that may be given again; undefined where it was not. */
export const textsOf = (flags: Typed, name: string): string[] | undefined => {
  const value = flags[name]
  if (value === undefined) return undefined
  const all = (Array.isArray(value) ? value : [value]).map(String)
  return all.length > 0 ? all : undefined
}

/** Digests in lower case. Throws `bad-params` where a length is none of the family's. */
export const digestsOf = (flags: Typed, family: HashFamily): string[] | undefined =>
  textsOf(flags, family)?.map(value => {
    const hex = value.toLowerCase()
    if (algorithmOf(family, hex) === undefined)
      throw new GumshoeError(
        'bad-params',
        `--${family} ${value}: a digest of ${family} has ${lengthsOf(family)} hex digits.`
      )
    return hex
  })

/** What was said as parameters: absent is not empty. Throws `bad-params` that names the flag. */
export const parseParams = <P>(
  schema: z.ZodType<P>,
  said: Typed,
  flagOf: Readonly<Record<string, string>>
): P => {
  const compact = Object.fromEntries(
    Object.entries(said).filter(([, value]) => value !== undefined && value !== false)
  )
  const result = schema.safeParse(compact)
  if (result.success) return result.data
  const { path, message } = result.error.issues[0]!
  const field = path[0] === undefined ? undefined : String(path[0])
  const place = field === undefined ? 'The question' : `--${flagOf[field] ?? field}`
  throw new GumshoeError('bad-params', `${place}: ${message}.`, { cause: result.error })
}
