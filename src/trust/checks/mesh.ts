import type { Action } from '../../documents/action.ts'
import { Stop } from '../gate-context.ts'

/** Check 3, mesh: an action of another mesh is wrong for every honest node of this one. */
export const checkMesh = ({ mesh }: Action, ours: string): void => {
  if (mesh !== ours) throw new Stop('reject', 'wrong-mesh')
}
