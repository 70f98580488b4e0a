import type { Charter } from '../src/documents/charter.ts'
import type { Facts } from '../src/documents/facts.ts'
import { MODULES } from '../src/modules/index.ts'
import type { AboutAgent, ModuleState } from '../src/modules/lib/agentinfo/about-agent.ts'
import { type ModuleSpec, moduleId } from '../src/modules/spec.ts'
import type { HostSettings } from '../src/trust/gate-context.ts'
import { isHeldEnough } from '../src/trust/held.ts'
import { resolveLimits } from '../src/trust/policy.ts'
import type { AgentInit } from './init.ts'

const MIB = 2 ** 20

/** What this agent hands to a module about itself: nothing that a presence or the charter does not say already, but for its own process. */
export const aboutAgent = (
  facts: Facts,
  settings: HostSettings,
  charter: Pick<Charter, 'version' | 'policy'>,
  started: number
): AboutAgent => ({
  facts,
  started,
  charter: charter.version,
  memoryMiB: Math.round(process.memoryUsage.rss() / MIB),
  modules: MODULES.map(spec => stateOf(spec, settings, charter, facts.fence)).sort((a, b) =>
    a.module < b.module ? -1 : 1
  )
})

const stateOf = (
  spec: ModuleSpec,
  settings: HostSettings,
  { policy }: Pick<Charter, 'policy'>,
  fence: Facts['fence']
): ModuleState => {
  const module = moduleId(spec)
  const rule = policy.modules.find(one => one.module === module)
  const held = isHeldEnough(settings, module, [rule?.risk, spec.risk], fence)
  const off = settings.modulesOff.includes(module) || !held
  return {
    module,
    state: off ? 'off' : rule === undefined ? 'unlisted' : 'on',
    risk: rule?.risk ?? spec.risk,
    limits: resolveLimits(spec.limits, { policy: rule?.limits ?? {}, action: {}, host: settings.limits })
  }
}

/** What an agent that starts now tells of itself from here on. */
export const aboutOf = ({ clock, settings, chain }: AgentInit, facts: () => Facts): (() => AboutAgent) => {
  const started = clock.now()
  return () => aboutAgent(facts(), settings, chain.current.charter, started)
}
