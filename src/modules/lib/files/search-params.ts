import { z } from 'zod'
import { LIMITS } from '../../../limits.ts'

/** The parameters of `file/1`, as they stand in a signed action: strict, with absolute times only. */

const list = (item: z.ZodType<string>) => z.array(item).min(1).max(LIMITS.checksPerSearch).optional()
const text = z.string().min(1).max(LIMITS.patternBytes)
/** An absolute path in its shortest form, as text; names that are not UTF-8 are found by walking, never typed (threats.md, T8). */
const pathForm = z
  .string()
  .max(LIMITS.pathBytes)
  .regex(/^\/([^/\0]+(\/[^/\0]+)*)?$/, 'a path is absolute, without // or a slash at its end')
  .refine(path => !/\/\.\.?(\/|$)/.test(path), 'a path has no . or .. in it')
const hex = z.string().regex(/^[0-9a-f]+$/, 'a digest or byte string is lower-case hex')
/** A byte string. */
export const bytesHex = hex
  .max(2 * LIMITS.patternBytes)
  .refine(digits => digits.length % 2 === 0, 'two digits a byte')
/** What a search is called in the answers. */
export const labelForm = z
  .string()
  .regex(/^[a-zA-Z0-9_.-]{1,64}$/, 'a label is 1 to 64 of a-z A-Z 0-9 _ . -')
  .refine(label => label !== '__proto__', 'that label is not allowed')

/** `from` inclusive, `to` inclusive; either may be absent. */
export const rangeSchema = z
  .strictObject({ from: z.int().min(0).optional(), to: z.int().min(0).optional() })
  .refine(({ from, to }) => from !== undefined || to !== undefined, 'a range says from, to, or both')
export type Range = z.infer<typeof rangeSchema>
const ranges = z.array(rangeSchema).min(1).max(LIMITS.checksPerSearch).optional()

/** Filters whose result `mismatch` inverts. */
export const FILTERS = [
  'name',
  'glob',
  'size',
  'mode',
  'mtime',
  'ctime',
  'owner',
  'group',
  'setuid',
  'content',
  'bytes',
  'md5',
  'sha1',
  'sha2',
  'sha3'
] as const
export type Filter = (typeof FILTERS)[number]

export const searchSchema = z.strictObject({
  label: labelForm,
  /** For people; no effect. */
  description: z.string().min(1).max(LIMITS.patternBytes).optional(),
  paths: z.array(pathForm).min(1).max(LIMITS.checksPerSearch),
  /** Regular expressions on the base name; a leading `!` inverts. */
  names: list(text),
  /** Globs on the base name. */
  globs: list(text),
  /** Globs on the whole path: what they match is left out, directories with all that is in them. */
  exclude: list(text),
  sizes: ranges,
  /** Regular expressions on the mode as `ls -l` shows it, or as Go does (MIG). */
  modes: list(text),
  /** Milliseconds since 1970. */
  mtimes: ranges,
  ctimes: ranges,
  owners: list(text),
  groups: list(text),
  /** Only files with the setuid or setgid bit. */
  setuid: z.literal(true).optional(),
  /** Regular expressions line by line; a leading `!`: no line matches. */
  contents: list(text),
  /** Byte strings in hex, anywhere in the file. */
  bytes: list(bytesHex),
  md5: list(hex.length(32)),
  sha1: list(hex.length(40)),
  sha2: list(hex.refine(h => [64, 96, 128].includes(h.length), '64, 96 or 128 digits')),
  sha3: list(hex.refine(h => [56, 64, 96, 128].includes(h.length), '56, 64, 96 or 128 digits')),
  mismatch: z.array(z.enum(FILTERS)).min(1).max(FILTERS.length).optional(),
  /** Each check by itself instead of all together. */
  any: z.literal(true).optional(),
  /** Every line matches every content expression. */
  everyLine: z.literal(true).optional(),
  maxDepth: z.int().min(1).max(LIMITS.walkDepth).optional(),
  matchLimit: z.int().min(1).max(LIMITS.rowsMax).optional(),
  errorLimit: z.int().min(0).max(LIMITS.rowsMax).optional(),
  /** Return the SHA-256 of what matched. */
  sha256: z.literal(true).optional(),
  /** Look into gzip and zstd files: contents, bytes and digests are those of what is inside. */
  decompress: z.literal(true).optional(),
  /** Look at files through links too; the link may lead anywhere inside the root. */
  follow: z.literal(true).optional()
})
export type Search = z.infer<typeof searchSchema>

export const fileParams = z
  .strictObject({
    searches: z.array(searchSchema).min(1).max(LIMITS.searches),
    crossDevices: z.literal(true).optional(),
    /** Walk network file systems too. */
    remote: z.literal(true).optional(),
    /** Walk /proc, /sys and their like too. */
    pseudo: z.literal(true).optional()
  })
  .refine(
    ({ searches }) => new Set(searches.map(search => search.label)).size === searches.length,
    'each search has a label of its own'
  )
export type FileParams = z.infer<typeof fileParams>
