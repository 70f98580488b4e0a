import { z } from 'zod'
import { LIMITS } from '../../../limits.ts'
import { rangeSchema } from '../files/search-params.ts'

/** The parameters of `process/1`, as they stand in a signed action: strict, with absolute times only. */

const list = (item: z.ZodType<string>) => z.array(item).min(1).max(LIMITS.checksPerSearch).optional()
const text = z.string().min(1).max(LIMITS.patternBytes)
const hex = z.string().regex(/^[0-9a-f]+$/, 'a digest is lower-case hex')

export const processParams = z
  .strictObject({
    /** Regular expressions; a leading `!` inverts. */
    names: list(text),
    paths: list(text),
    cmdlines: list(text),
    /** By name or number. */
    users: list(text),
    /** The number of the parent, or an expression on its name. */
    parents: list(text),
    md5: list(hex.length(32)),
    sha1: list(hex.length(40)),
    sha2: list(hex.refine(h => [64, 96, 128].includes(h.length), '64, 96 or 128 digits')),
    sha3: list(hex.refine(h => [56, 64, 96, 128].includes(h.length), '56, 64, 96 or 128 digits')),
    /** Expressions on the paths of what is mapped, open, or connected: one of them matches, or with `!` none. */
    libraries: list(text),
    files: list(text),
    sockets: list(text),
    /** Milliseconds since 1970. */
    started: z.array(rangeSchema).min(1).max(LIMITS.checksPerSearch).optional(),
    /** The file that runs is in no directory any more. */
    deleted: z.literal(true).optional(),
    /** With what is above and below of each process found. */
    tree: z.literal(true).optional(),
    sha256: z.literal(true).optional()
  })
  .refine(
    ({ tree, sha256, ...checks }) => Object.values(checks).some(check => check !== undefined),
    'say at least one thing about the processes'
  )
export type ProcessParams = z.infer<typeof processParams>
