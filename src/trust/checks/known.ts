import { type ForwardContext, Stop } from '../gate-context.ts'

/** Check 2: an id that was accepted is ignored before any crypto, so that altered copies cost nothing (T11, T24). */
export const checkUnknown = (id: string, context: ForwardContext): void => {
  if (context.known(id)) throw new Stop('ignore', 'known')
}
