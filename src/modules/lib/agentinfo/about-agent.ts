import type { RunLimits } from '../../../documents/charter.ts'
import type { Facts } from '../../../documents/facts.ts'
import type { Risk } from '../../../documents/vocabulary.ts'

/** What an agent hands to a module about itself: what its presence tells, and what it lets run. Never a key. */
export interface AboutAgent {
  readonly facts: Facts
  /** Ms since 1970. */
  readonly started: number
  /** Version of the charter that it judges by. */
  readonly charter: number
  /** Memory of its process, MiB. */
  readonly memoryMiB: number
  /** Every module that the program has, by id. */
  readonly modules: readonly ModuleState[]
}

/** `on`: it may be run here; `off`: the owner of the host has switched it off; `unlisted`: the policy does not name it. */
export const MODULE_STATES = ['on', 'off', 'unlisted'] as const

export interface ModuleState {
  readonly module: string
  readonly state: (typeof MODULE_STATES)[number]
  /** As the policy has it, or the spec where it names none. */
  readonly risk: Risk
  /** What a run gets here where the question asks for nothing else. */
  readonly limits: Required<RunLimits>
}
