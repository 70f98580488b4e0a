import type { Action } from '../../documents/action.ts'
import { REVEAL } from '../../documents/action.ts'
import { readAction } from '../../documents/read.ts'
import type { Target } from '../../documents/target/ast.ts'
import { formatTarget } from '../../documents/target/format.ts'
import { parseTarget } from '../../documents/target/parse.ts'
import { codeOf, GumshoeError } from '../../errors.ts'
import { Stop } from '../gate-context.ts'
import { readReveal } from '../policy.ts'

/**
 * Check 3: canonical form, schema, kind; the target in its canonical text; the parameters of a reveal. All of it is
 * rejected, but for a kind that this version does not know: a newer node may forward it in good faith.
 */
export const checkDocument = (bytes: Uint8Array): { action: Action; target: Target } => {
  try {
    const action = readAction(bytes)
    const target = parseTarget(action.target)
    if (formatTarget(target) !== action.target)
      throw new GumshoeError('not-canonical', 'The target is not in its canonical text.')
    for (const { module, params } of action.operations) if (module === REVEAL) readReveal(params)
    return { action, target }
  } catch (error) {
    const code = codeOf(error)
    throw new Stop(code === 'unknown-kind' ? 'ignore' : 'reject', code)
  }
}
