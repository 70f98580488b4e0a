import { isErrorCode } from '../errors.ts'
import type { Coverage, Outcome } from '../modules/spec.ts'

/** Labels of searches and codes of errors that an outcome may count. */
const NAMES = 256
const NAME_CHARACTERS = 64

const count = (value: unknown): number =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0

const counts = (value: unknown): Record<string, number> =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .slice(0, NAMES)
          .map(([name, n]): [string, number] => [name.slice(0, NAME_CHARACTERS), count(n)])
          // No answer could be written with these, and the host would be silent.
          .filter(([name]) => name.isWellFormed() && name !== '__proto__')
      )
    : {}

/** A child's outcome as hostile input: what has no form counts as nothing seen, so that it never makes a `no`. */
export const readOutcome = (value: unknown): Outcome => {
  const outcome = (typeof value === 'object' && value !== null ? value : {}) as Partial<Outcome>
  const { coverage } = outcome
  const formed =
    typeof coverage === 'object' &&
    coverage !== null &&
    [coverage.seen, coverage.unreadable, coverage.skipped].every(n => Number.isSafeInteger(n) && n >= 0)
  const { seen, unreadable, skipped } = formed
    ? (coverage as Coverage)
    : { seen: 0, unreadable: 0, skipped: 1 }
  return {
    found: outcome.found === true,
    coverage: { seen, unreadable, skipped },
    counts: counts(outcome.counts),
    errors: counts(outcome.errors),
    ...(typeof outcome.limit === 'string' && {
      limit: isErrorCode(outcome.limit) ? outcome.limit : 'module-failed'
    })
  }
}
