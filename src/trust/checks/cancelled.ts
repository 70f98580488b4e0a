import { type GateContext, Stop } from '../gate-context.ts'

/** A cancelled action never runs, also where the cancel came first; it is answered so. */
export const checkCancelled = (id: string, { cancelled }: Pick<GateContext, 'cancelled'>): void => {
  if (cancelled(id)) throw new Stop('refuse', 'cancelled')
}
