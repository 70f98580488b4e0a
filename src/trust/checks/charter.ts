import { parseTime } from '../../clock.ts'
import type { Action } from '../../documents/action.ts'
import type { Charter } from '../../documents/charter.ts'
import { Stop } from '../gate-context.ts'

/** Check 4: judged by the newest charter held; a newer one that is named is fetched first; an expired one allows nothing. */
export const checkCharter = (action: Action, charter: Charter, now: number): void => {
  if (action.charter > charter.version) throw new Stop('hold', 'charter-newer')
  if (now > parseTime(charter.expires)) throw new Stop('ignore', 'charter-expired')
}
