import type { Clock } from '../src/clock.ts'
import type { GumshoeError } from '../src/errors.ts'
import type { Log } from '../src/log.ts'
import type { Mesh } from '../src/mesh/mesh.ts'
import type { Fence } from '../src/run/fence.ts'
import type { run } from '../src/run/run.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import type { HostSettings } from '../src/trust/gate-context.ts'
import type { AgentIdentity } from './home.ts'

/** What an agent is started with. */
export interface AgentInit {
  readonly home: string
  readonly root: string
  readonly listen: readonly string[]
  readonly announce: readonly string[]
  readonly agent: AgentIdentity
  readonly chain: CharterChain
  readonly settings: HostSettings
  readonly fence: Fence
  readonly clock: Clock
  readonly log: Log
  /** Called for whatever the agent does beside listening. */
  readonly stirred?: () => void
  /** How an operation is run: in a fenced child, unless a bench measures without. */
  readonly run?: typeof run
}

export interface RunningAgent {
  readonly mesh: Mesh
  /** Resolves to the reason when the agent can't go on: it is revoked. */
  readonly ended: Promise<GumshoeError>
  stop(): Promise<void>
}
