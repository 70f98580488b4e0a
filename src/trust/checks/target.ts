import type { Action } from '../../documents/action.ts'
import { evaluateTarget } from '../../documents/target/evaluate.ts'
import { parseTarget } from '../../documents/target/parse.ts'
import { type GateContext, Stop } from '../gate-context.ts'

/** Check 7: does the target name this host, by the tags of its grant and its own facts? */
export const checkTarget = (action: Action, { self }: GateContext): void => {
  if (!evaluateTarget(parseTarget(action.target), self)) throw new Stop('ignore', 'not-targeted')
}
