import type { Action } from '../../documents/action.ts'
import { type ForwardContext, Stop } from '../gate-context.ts'

/** Check 3, mesh: an action of another mesh is wrong for every honest node of this one. */
export const checkMesh = (action: Action, { chain }: ForwardContext): void => {
  if (action.mesh !== chain.mesh) throw new Stop('reject', 'wrong-mesh')
}

/** Check 4: judged by the newest charter held; a newer one that is named is fetched first; an expired one allows nothing. */
export const checkCharter = (action: Action, { chain, now }: ForwardContext): void => {
  if (action.charter > chain.current.charter.version) throw new Stop('hold', 'charter-newer')
  if (chain.isExpired(now)) throw new Stop('ignore', 'charter-expired')
}
