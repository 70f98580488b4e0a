import { makeFleet, type TestFleet } from '../../support/fleet.ts'
import { eventually } from '../../support/members.ts'
import { actionsOf, historyOf, isSettled } from '../gather.ts'
import { judge } from '../history.ts'
import { type Chaos, pause, type Scenario, timeUntil, took } from '../scenario.ts'

const AGENTS = 3
const NODES = ['b1', 'b2'] as const
/** One person asks no faster, so that hosts answer by running rather than by refusing for the person's rate. */
const ASK_EVERY_MS = 12_000
const SETTLE_MS = 60_000
const SHOWN = 8

/**
 * kill -9 at random moments in three roles, while questions are asked: agents between deciding, running, sealing and
 * delivering; nodes between keeping and their receipt; consoles between signing and publishing.
 */
export const kill: Scenario = {
  name: 'kill',
  promise:
    'at most one run per action and host, no acknowledged answer lost, every question answered by every host',
  run: async chaos => {
    const kills = chaos.amount ?? (chaos.short ? 12 : 1_000)
    const fleet = await makeFleet(AGENTS)
    chaos.after(() => fleet.remove())
    await eventually(
      'every agent is known',
      async () => (await fleet.ask('agents')).length === AGENTS,
      30_000
    )
    const done = await killAll(chaos, fleet, kills)
    const actions = await actionsOf(fleet)
    const settled = await timeUntil(() => isSettled(fleet, actions), SETTLE_MS, 200)
    chaos.figure('kills', `${done.agent} agents, ${done.node} nodes, ${done.console} consoles`)
    chaos.figure('questions published', actions.length)
    chaos.figure('settled after the last start', took(settled))
    const breaches = judge(await historyOf(fleet, { open: actions, show: chaos.random.some(actions, SHOWN) }))
    if (settled === undefined) breaches.push(`not every answer was out within ${SETTLE_MS / 1_000} s`)
    if (actions.length < Math.min(kills, 10) / 2)
      breaches.push(`only ${actions.length} questions were published`)
    return breaches
  }
}

type Role = 'agent' | 'node' | 'console'

const killAll = async (chaos: Chaos, fleet: TestFleet, kills: number): Promise<Record<Role, number>> => {
  const { random } = chaos
  const done: Record<Role, number> = { agent: 0, node: 0, console: 0 }
  const persons = [fleet.julien, fleet.anna].map(home => ({ home, asked: Number.NEGATIVE_INFINITY }))
  const total = () => done.agent + done.node + done.console
  for (let round = 0; total() < kills; round++) {
    // In a short run every round asks: there are too few of them for a rate.
    const person = persons.find(({ asked }) => kills <= 30 || performance.now() - asked > ASK_EVERY_MS)
    const victims: Role[] = random.some(['agent', 'agent', 'node', 'node', 'console'], 1 + random.below(3))
    const work: Promise<unknown>[] = []
    if (person) {
      person.asked = performance.now()
      const dies = victims.includes('console')
      const question = ['--content', `service started ${round}|x`, '-t', 'all', '--yes', '--detach']
      work.push(
        fleet.fleet.run(
          'gumshoe',
          ['file', '--path', '/', ...question, '--home', person.home],
          dies ? { timeoutMs: random.between(200, 1_100) } : {}
        )
      )
      if (dies) done.console++
    }
    const hosts = random.some(fleet.hosts, victims.filter(role => role === 'agent').length)
    const nodes = random.some(NODES, victims.filter(role => role === 'node').length)
    for (const host of hosts)
      work.push(struck(chaos, fleet, host.name, () => fleet.startHost(host)).then(() => void done.agent++))
    for (const node of nodes)
      work.push(struck(chaos, fleet, node, () => fleet.startNode(node)).then(() => void done.node++))
    await Promise.all(work)
    if (round % 50 === 49) chaos.say(`${total()} of ${kills} kills`)
  }
  return done
}

/** Killed at some moment of the next second and a half, and started again at once. */
const struck = async (
  { random }: Chaos,
  { fleet }: TestFleet,
  name: string,
  start: () => Promise<void>
): Promise<void> => {
  await pause(random.between(0, 1_500))
  await fleet.kill(name, 'SIGKILL')
  await start()
}
