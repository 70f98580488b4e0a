import type { Operation } from '../documents/action.ts'
import { findModule } from './index.ts'

/**
 * How many checks about contents operations make together, so that nothing is gained by splitting them (ADR 24). A module
 * that this program does not know counts nothing, nor do parameters that it can not read: it would not run them. What its
 * spec calls sensitive by itself counts as any number.
 */
export const contentChecksOf = (operations: readonly Pick<Operation, 'module' | 'params'>[]): number =>
  operations.reduce((sum, operation) => sum + checksOf(operation), 0)

const checksOf = ({ module, params }: Pick<Operation, 'module' | 'params'>): number => {
  const spec = findModule(module)
  if (spec?.contentChecks === undefined && spec?.sensitive === undefined) return 0
  const parsed = spec.params.safeParse(params)
  if (!parsed.success) return 0
  return spec.sensitive?.(parsed.data) ? Number.POSITIVE_INFINITY : (spec.contentChecks?.(parsed.data) ?? 0)
}
