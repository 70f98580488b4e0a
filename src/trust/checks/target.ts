import type { TargetHost } from '../../documents/facts.ts'
import type { Target } from '../../documents/target/ast.ts'
import { evaluateTarget } from '../../documents/target/evaluate.ts'
import { Stop } from '../gate-context.ts'

/** Check 7: does the target name this host, by the tags of its grant and its own facts? */
export const checkTarget = (target: Target, self: TargetHost): void => {
  if (!evaluateTarget(target, self)) throw new Stop('ignore', 'not-targeted')
}
