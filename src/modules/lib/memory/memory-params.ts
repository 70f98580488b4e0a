import { z } from 'zod'
import { LIMITS } from '../../../limits.ts'
import { bytesHex, labelForm } from '../files/search-params.ts'
import { WINDOW } from '../match/kernel.ts'

/** The parameters of `memory/1`, as they stand in a signed action: strict. */

const list = (item: z.ZodType<string>) => z.array(item).min(1).max(LIMITS.checksPerSearch).optional()
const text = z.string().min(1).max(LIMITS.patternBytes)
const TOO_SHORT = `fewer than ${WINDOW} bytes are everywhere`

export const memorySearch = z.strictObject({
  label: labelForm,
  /** For people; no effect. */
  description: text.optional(),
  /** Which processes, as in `process/1`: all of these hold. */
  names: list(text),
  paths: list(text),
  cmdlines: list(text),
  users: list(text),
  pids: z.array(z.int().min(1).max(0x7fffffff)).min(1).max(LIMITS.checksPerSearch).optional(),
  libraries: list(text),
  /** What their memory holds: text as it stands, expressions (a leading `!`: none matches), bytes in hex. */
  texts: list(text.refine(value => Buffer.byteLength(value) >= WINDOW, TOO_SHORT)),
  contents: list(text),
  bytes: list(bytesHex.min(2 * WINDOW, TOO_SHORT)),
  /** Each of these by itself instead of all together. */
  any: z.literal(true).optional(),
  /** The address to begin at, and how many bytes from there on are looked at in each process. */
  offset: z.int().min(0).optional(),
  maxLength: z.int().min(1).optional(),
  /** Matches of one check that are counted in one process. */
  most: z.int().min(1).max(LIMITS.memoryMatchesMax).optional(),
  /** How many of them are told with their places. */
  places: z.int().min(1).max(LIMITS.memoryPlaces).optional()
})
export type MemorySearch = z.infer<typeof memorySearch>

const OF_PROCESSES = ['names', 'paths', 'cmdlines', 'users', 'pids', 'libraries'] as const
const OF_MEMORY = ['texts', 'contents', 'bytes'] as const

const says = (search: MemorySearch, fields: readonly (keyof MemorySearch)[]): boolean =>
  fields.some(field => search[field] !== undefined)

/** A search without these only asks which processes there are. */
export const looksIntoMemory = (search: MemorySearch): boolean => says(search, OF_MEMORY)

export const memoryParams = z
  .strictObject({
    searches: z.array(memorySearch).min(1).max(LIMITS.searches),
    /** The kernel's own memory instead of that of processes. */
    kernel: z.literal(true).optional()
  })
  .refine(
    ({ searches }) => new Set(searches.map(({ label }) => label)).size === searches.length,
    'each search has a label of its own'
  )
  .refine(
    ({ searches }) => searches.every(search => says(search, [...OF_PROCESSES, ...OF_MEMORY])),
    'say what to look for: a text, an expression or bytes; or which processes'
  )
  .refine(
    ({ searches, kernel }) =>
      !kernel || searches.every(search => looksIntoMemory(search) && !says(search, OF_PROCESSES)),
    'the kernel is no process: say only what to look for in it'
  )
export type MemoryParams = z.infer<typeof memoryParams>

/** Checks about what is in memory. */
export const memoryChecks = ({ searches }: MemoryParams): number =>
  searches.reduce(
    (sum, { texts = [], contents = [], bytes = [] }) => sum + texts.length + contents.length + bytes.length,
    0
  )
