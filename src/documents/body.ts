import { z } from 'zod'
import { decodeCbor, encodeCbor } from '../codec.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { countForm, STATES, VERDICTS } from './vocabulary.ts'
import { type WireRow, wireRowSchema } from './wire-row.ts'

/** What an answer says once it is opened: how the host ended, its verdict with coverage, and rows as its disclosure lets them leave. */
const bodySchema = z.strictObject({
  state: z.enum(STATES),
  /** Absent where nothing was run. */
  verdict: z.enum(VERDICTS).optional(),
  /** Why it is not `done`, or what ended it early. */
  code: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .optional(),
  /** A sentence for the investigator; from the host, so hostile. */
  message: z.string().max(2_000).optional(),
  coverage: z.strictObject({ seen: countForm, unreadable: countForm, skipped: countForm }).optional(),
  /** Rows found by each labelled part of the question. */
  counts: z.record(z.string().max(64), countForm).optional(),
  /** Soft errors by their code. */
  errors: z.record(z.string().max(64), countForm).optional(),
  /** Rows of this part; the parts of an operation follow one another. */
  rows: z.array(wireRowSchema).max(LIMITS.rowsMax),
  /** True where rows were left out because of a limit. */
  truncated: z.boolean().optional()
})
export type AnswerBody = z.infer<typeof bodySchema>

/** Leaves room in a part for the blind, the seal and the padding, which adds at most an eighth. */
const PART_BYTES = Math.floor(LIMITS.bodyBytes * 0.8)

/**
 * The plaintexts of an answer's parts, each small enough for one frame; the first carries everything but later rows. Rows
 * that fit no part, or no more of `maxParts`, are left out: then the answer says so, by `truncated` and as a `limit`.
 */
export const encodeBodies = (
  body: AnswerBody,
  {
    maxBytes = PART_BYTES,
    maxParts = LIMITS.answersPerAgentAction
  }: { maxBytes?: number; maxParts?: number } = {}
): Uint8Array[] => {
  const first = { ...body, rows: [] as WireRow[] }
  // Also when the first part must say at the end that rows were left out.
  const parts: WireRow[][] = [first.rows]
  let size = encodeCbor(first).length + 64
  let left = 0
  for (const row of body.rows) {
    const bytes = encodeCbor(row).length + 4
    const fits = size + bytes <= maxBytes
    if (!fits && (64 + bytes > maxBytes || parts.length >= maxParts)) {
      left++
      continue
    }
    if (!fits) {
      parts.push([])
      size = 64
    }
    parts.at(-1)!.push(row)
    size += bytes
  }
  const ended = left === 0 ? first : cutShort(first)
  return parts.map((rows, part) => encodeCbor(part === 0 ? ended : { state: ended.state, rows }))
}

const cutShort = (body: AnswerBody): AnswerBody =>
  body.state === 'done'
    ? { ...body, state: 'limit', code: 'limit-bytes', truncated: true }
    : { ...body, truncated: true }

/** Plaintext → body, as hostile input. Throws `malformed`. */
export const decodeBody = (bytes: Uint8Array): AnswerBody => {
  const result = bodySchema.safeParse(decodeCbor(bytes))
  if (result.success) return result.data
  throw new GumshoeError(
    'malformed',
    `The body of the answer is malformed: ${result.error.issues[0]?.path.join('.')}.`,
    { cause: result.error }
  )
}

/** One body from the parts of an operation, in order. */
export const joinBodies = (parts: readonly AnswerBody[]): AnswerBody => {
  const rows: WireRow[] = parts.flatMap(part => part.rows)
  return { ...parts[0]!, rows }
}

/**
 * One body from the parts of a standing operation so far, in order: rows of all, everything else as the newest says; what
 * one of them left out stays left out.
 */
export const joinStanding = (parts: readonly AnswerBody[]): AnswerBody => {
  const newest = parts.at(-1)!
  const rows: WireRow[] = parts.flatMap(part => part.rows)
  const found = parts.some(({ verdict }) => verdict === 'yes')
  const cut = parts.find(({ truncated }) => truncated === true)
  const counts: Record<string, number> = Object.create(null)
  for (const part of parts)
    for (const [label, n] of Object.entries(part.counts ?? {})) counts[label] = (counts[label] ?? 0) + n
  const limited = cut !== undefined && newest.state === 'done'
  return {
    ...newest,
    ...(limited && { state: 'limit', code: cut.code ?? 'limit-rows' }),
    ...(cut && { truncated: true }),
    ...(found && { verdict: 'yes' }),
    counts: { ...counts },
    rows
  }
}
