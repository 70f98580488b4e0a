import type { Scenario } from './scenario.ts'
import { clock } from './scenarios/clock.ts'
import { clone } from './scenarios/clone.ts'
import { disk, power } from './scenarios/disk.ts'
import { kill } from './scenarios/kill.ts'
import { members } from './scenarios/members.ts'
import { network } from './scenarios/network.ts'
import { soak } from './scenarios/soak.ts'
import { store } from './scenarios/store.ts'

/** Every kind of fault, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [kill, store, disk, power, network, members, clock, clone, soak]

/** Every commit runs with this one, so that a failure is the commit's. */
export const SHORT_SEED = 20_261_124
