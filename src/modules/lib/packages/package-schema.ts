import { z } from 'zod'
import { LIMITS } from '../../../limits.ts'
import { searchSchema } from '../files/search-params.ts'
import { PACKAGE_KINDS } from '../versions/compare.ts'
import { isLanguage, LANGUAGE_KINDS, PACKAGE_STATES } from './package.ts'

/** The parameters of `package/1`, as they stand in a signed action. */

/** Where packages of languages lie; what containers hold is not this host's. */
export const LANGUAGE_PATHS = ['/usr', '/opt', '/srv', '/home', '/root', '/var/www'] as const

const list = <T>(item: z.ZodType<T>) => z.array(item).min(1).max(LIMITS.checksPerSearch)
const text = z.string().min(1).max(LIMITS.patternBytes)
const once = (values: readonly unknown[]): boolean => new Set(values).size === values.length

export const packageParams = z
  .strictObject({
    kinds: list(z.enum(PACKAGE_KINDS)).refine(once, 'each kind is named once'),
    states: list(z.enum(PACKAGE_STATES)).refine(once, 'each state is named once'),
    /** Regular expressions of which one must match; a leading `!`: none may. */
    names: list(text).optional(),
    sources: list(text).optional(),
    /** `<1.2.3-4`, `>=2`, or a regular expression; all must hold. */
    versions: list(text).optional(),
    arches: list(text).optional(),
    /** Where packages of languages are looked for. */
    paths: searchSchema.shape.paths.optional()
  })
  .refine(({ kinds, paths }) => kinds.some(isLanguage) === (paths !== undefined), {
    path: ['paths'],
    message: `paths are for the kinds ${LANGUAGE_KINDS.join(', ')}`
  })
export type PackageParams = z.infer<typeof packageParams>
