import { Stop } from '../gate-context.ts'
import type { Seen } from '../seen.ts'

/** Check 2 of every node: an id that was accepted is ignored before any crypto, so that altered copies cost nothing (T24). */
export const checkKnown = (id: string, seen: Seen): void => {
  if (seen.has(id)) throw new Stop('ignore', 'known')
}
