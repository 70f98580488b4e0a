import type { Policy, PolicyRule, Quorum } from '../../src/documents/charter.ts'
import type { Risk } from '../../src/documents/vocabulary.ts'
import { LIMITS } from '../../src/limits.ts'
import { type ModuleSpec, moduleId } from '../../src/modules/spec.ts'

const quorum = (weight: number, persons = 1, reason = false): Quorum => ({ weight, persons, reason })

/** Design 3, with weights senior 2, junior 1. A `respond` beyond its ceiling asks for one person more (src/trust/policy.ts). */
const BY_RISK: Record<Risk, Pick<PolicyRule, 'quorum' | 'ceilingPpm'>> = {
  inspect: {
    quorum: { match: quorum(1), hashed: quorum(1), clear: quorum(2, 1, true) },
    ceilingPpm: 1_000_000
  },
  sensitive: {
    quorum: { match: quorum(2), hashed: quorum(2), clear: quorum(3, 2, true) },
    ceilingPpm: 1_000_000
  },
  respond: {
    quorum: { match: quorum(3, 2, true), hashed: quorum(3, 2, true), clear: quorum(3, 2, true) },
    ceilingPpm: 50_000
  }
}

type Known = Pick<ModuleSpec, 'name' | 'major' | 'risk'>

/** The rule that a module gets where an admin says nothing else. */
export const defaultRule = (spec: Known): PolicyRule => ({
  module: moduleId(spec),
  risk: spec.risk,
  ...BY_RISK[spec.risk],
  limits: {}
})

/** The policy of a new mesh: every module that this program knows, by its risk class; what is not listed is refused. */
export const defaultPolicy = (specs: readonly Known[]): Policy => ({
  modules: specs.map(defaultRule).sort((a, b) => (a.module < b.module ? -1 : 1)),
  windowMaxS: LIMITS.windowMaxMs / 1_000,
  respondWindowMaxS: 3_600,
  personActionsPer10Min: LIMITS.personActionsPer10Min,
  retentionDays: LIMITS.retentionDays
})
