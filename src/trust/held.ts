import { FENCES } from '../documents/facts.ts'
import { RISKS, type Risk } from '../documents/vocabulary.ts'
import type { HostSettings } from './gate-context.ts'

type Fence = (typeof FENCES)[number]

/**
 * Whether this host holds a module as tightly as its owner asks, by the module's name and by its risk: the strictest of
 * what the charter, the module itself and the owner say. A fence that is not known is none.
 */
export const isHeldEnough = (
  { fenceAtLeast = {} }: Pick<HostSettings, 'fenceAtLeast'>,
  module: string,
  risks: readonly (Risk | undefined)[],
  fence: Fence = 'none'
): boolean => {
  const risk = RISKS.findLast(one => risks.includes(one))
  const asked = [fenceAtLeast[module], risk === undefined ? undefined : fenceAtLeast[risk]]
  return asked.every(least => least === undefined || FENCES.indexOf(fence) <= FENCES.indexOf(least))
}
