import { z } from 'zod'
import { decodeCbor, encodeCbor, fromHex, sameBytes, toHex } from '../codec.ts'
import type { RevealParams } from '../documents/action.ts'
import { rawForm } from '../documents/vocabulary.ts'
import { COMMITMENT_BYTES, type WireRow } from '../documents/wire-row.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { commitKey, commitment, type Opening } from './commit.ts'

const openingsSchema = z.array(
  z.strictObject({
    commitment: rawForm(COMMITMENT_BYTES, COMMITMENT_BYTES),
    column: z.string().max(63),
    value: rawForm(LIMITS.outputBytes)
  })
)

/** The openings of one operation as bytes, for the agent to encrypt and keep for the charter's term. */
export const encodeOpenings = (openings: readonly Opening[]): Uint8Array => encodeCbor(openings)

/** Throws `malformed`. */
export const decodeOpenings = (bytes: Uint8Array): Opening[] => {
  const result = openingsSchema.safeParse(decodeCbor(bytes))
  if (!result.success)
    throw new GumshoeError('malformed', 'The kept openings are damaged.', { cause: result.error })
  return result.data
}

export interface Revealed {
  /** Rows of `reveal/1`: `commitment` and `value` as bytes, `column` as text. */
  readonly rows: WireRow[]
  /** Asked for, but this host never committed to it: hex, in the order asked. */
  readonly unknown: string[]
}

/**
 * Opens just the commitments that were asked for. Each is computed again from what is kept, under the earlier action's
 * key, so that a damaged or altered store opens nothing else than what the host once answered. Where no row comes out,
 * the agent answers `no-opening`.
 */
export const openCommitments = (asked: RevealParams, kept: readonly Opening[]): Revealed => {
  const key = commitKey(asked.action)
  const byCommitment = new Map(kept.map(opening => [toHex(opening.commitment), opening]))
  const rows: WireRow[] = []
  const unknown: string[] = []
  for (const hex of asked.commitments) {
    const opening = byCommitment.get(hex)
    if (opening === undefined || !holds(key, asked.module, opening)) unknown.push(hex)
    else rows.push({ commitment: fromHex(hex), column: opening.column, value: opening.value })
  }
  return { rows, unknown }
}

/** True where the opening recomputes to its commitment: the agent's check before it opens, the console's after. */
export const holds = (key: Uint8Array, module: string, opening: Opening): boolean =>
  sameBytes(commitment(key, module, opening.column, opening.value), opening.commitment)

/** The console's side: the opening that a `reveal/1` row claims, if it is one and holds under the earlier action. */
export const claimedOpening = (asked: RevealParams, row: WireRow): Opening | undefined => {
  const { commitment: claimed, column, value } = row
  if (!(claimed instanceof Uint8Array) || typeof column !== 'string' || !(value instanceof Uint8Array))
    return undefined
  const opening = { commitment: claimed, column, value }
  const wanted = asked.commitments.includes(toHex(claimed))
  return wanted && holds(commitKey(asked.action), asked.module, opening) ? opening : undefined
}
