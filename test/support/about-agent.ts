import type { AboutAgent, ModuleState } from '../../src/modules/lib/agentinfo/about-agent.ts'
import { runLimits } from '../../src/modules/lib/run-limits.ts'

/** What an agent tells of itself, with what a test says otherwise. */
export const aboutAgent = ({
  modules = [],
  facts,
  ...more
}: {
  modules?: readonly Pick<ModuleState, 'module' | 'state'>[]
  facts?: Partial<AboutAgent['facts']>
} & Partial<Omit<AboutAgent, 'modules' | 'facts'>> = {}): AboutAgent => ({
  facts: {
    grammar: 1,
    os: 'linux',
    arch: 'x64',
    addresses: [],
    version: '0.1.0',
    modules: [],
    disclosures: ['clear', 'hashed', 'match'],
    fence: 'full',
    rooted: false,
    privileged: true,
    ...facts
  },
  started: Date.parse('2026-11-24T09:00:00Z'),
  charter: 3,
  memoryMiB: 40,
  ...more,
  modules: modules.map(one => ({ risk: 'inspect', limits: runLimits().defaults, ...one }))
})
