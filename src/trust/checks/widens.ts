import type { Action } from '../../documents/action.ts'
import { type GateContext, Stop } from '../gate-context.ts'

/** A host that ran the narrower action ignores the one that widens it; a host that refused it does not (design 8). */
export const checkWidens = ({ widens }: Action, { decided }: Pick<GateContext, 'decided'>): void => {
  if (widens !== undefined && decided(widens) === 'run') throw new Stop('ignore', 'known')
}
