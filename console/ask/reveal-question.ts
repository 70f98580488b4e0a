import { count } from '../../src/cli/count.ts'
import { toHex } from '../../src/codec.ts'
import { type Operation, REVEAL } from '../../src/documents/action.ts'
import { asSet } from '../../src/documents/vocabulary.ts'
import { GumshoeError } from '../../src/errors.ts'
import { commitmentsOf } from '../answers/stack.ts'
import type { Result } from '../views/result.ts'

/**
 * What opens the dark parts of these values, one operation for each that answered them. Throws `not-found` for a value that
 * there is not, `usage` for one of which nothing is dark: nobody is asked to sign what opens nothing.
 */
export const revealOperations = (
  result: Result,
  named: readonly string[],
  /** Only what is dark in these columns. */
  columns?: readonly string[]
): Operation[] => {
  const { short, values } = result
  const fix = `gumshoe show ${short} shows them; what is dark stands in ⟨⟩.`
  if (named.length === 0) throw new GumshoeError('usage', 'Say which value: v1, as show names them.', { fix })
  const missing = named.filter(name => !values.some(value => value.name === name))
  if (missing.length > 0)
    throw new GumshoeError('not-found', `${short} has no value ${missing.join(', ')}.`, { fix })
  const dark = values
    .filter(({ name }) => named.includes(name))
    .map(({ name, op, row }) => {
      const resolver = result.resolver(op)
      const commitments = commitmentsOf(row)
        .filter(({ column }) => columns === undefined || columns.includes(column))
        .filter(({ column, commitment }) => !resolver?.isKnown(column, commitment))
        .map(({ commitment }) => toHex(commitment))
      return { name, op, commitments }
    })
  const clear = dark.filter(({ commitments }) => commitments.length === 0).map(({ name }) => name)
  if (clear.length > 0)
    throw new GumshoeError(
      'usage',
      `Nothing of ${clear.join(', ')} is dark${columns ? ` in ${columns.join(', ')}` : ''}: ${count(clear.length, 'value')} of ${short} can be read as ${clear.length === 1 ? 'it is' : 'they are'}.`,
      { fix }
    )
  return result.case.action.operations.flatMap(({ id, module }) => {
    const commitments = dark.filter(({ op }) => op === id).flatMap(value => value.commitments)
    if (commitments.length === 0) return []
    const params = { action: result.case.id, op: id, module, commitments: asSet(commitments) }
    return [{ id, module: REVEAL, params }]
  })
}
