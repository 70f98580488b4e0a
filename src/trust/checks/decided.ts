import { type GateContext, Stop } from '../gate-context.ts'

/** Check 2 of an agent: what was run or refused here, in any life of this process, is over (T11). */
export const checkDecided = (id: string, { decided }: Pick<GateContext, 'decided'>): void => {
  if (decided(id) !== undefined) throw new Stop('ignore', 'known')
}
