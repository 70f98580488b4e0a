import { parseTime } from '../../clock.ts'
import type { Action } from '../../documents/action.ts'
import { Stop } from '../gate-context.ts'

/** An action that ends at or below the persisted floor may have run and been forgotten, so it never runs (T11). */
export const checkFloor = ({ expires }: Action, floor: number): void => {
  if (parseTime(expires) <= floor) throw new Stop('ignore', 'expired')
}
