import { makeFleet, type TestFleet } from '../../support/fleet.ts'
import { eventually } from '../../support/members.ts'
import { actionsOf, historyOf, isSettled, SETTLE_MS } from '../gather.ts'
import { judge } from '../history.ts'
import { Random } from '../random.ts'
import { type Chaos, pause, type Scenario, timeUntil, took } from '../scenario.ts'

const AGENTS = 3
const NODES = ['b1', 'b2'] as const
/** One person asks no faster, so that hosts answer by running rather than by refusing for the person's rate. */
const ASK_EVERY_MS = 12_000
const LIFE_MS = 8_000
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
    const kills = chaos.amount ?? (chaos.short ? 10 : 1_000)
    const fleet = await makeFleet(AGENTS, undefined, await chaos.executables())
    chaos.removes(fleet)
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
    const breaches = judge(
      await historyOf(fleet, { open: actions, show: chaos.random.some(actions, chaos.short ? 2 : SHOWN) })
    )
    if (settled === undefined) breaches.push(`not every answer was out within ${SETTLE_MS / 1_000} s`)
    // Most consoles of a short run die before they have published anything.
    if (actions.length < (kills <= 30 ? 1 : 3))
      breaches.push(`only ${actions.length} questions were published`)
    return breaches
  }
}

const STARTS = 5

/** A machine that is busy with everybody's starts is slow, not wrong: some more, and no further death before that. */
const startAgain = async (
  chaos: Chaos,
  { fleet }: TestFleet,
  name: string,
  start: () => Promise<void>
): Promise<void> => {
  for (let left = STARTS - 1; ; left--) {
    try {
      return await start()
    } catch (error) {
      if (left === 0) throw error
      chaos.say(`${name} is started again: ${(error as Error).message.split('\n')[0]}`)
      await fleet.kill(name, 'SIGKILL')
    }
  }
}

type Role = 'agent' | 'node' | 'console'

/** Every process lives and dies by a chance of its own, all at once, until enough of them have. */
const killAll = async (chaos: Chaos, fleet: TestFleet, kills: number): Promise<Record<Role, number>> => {
  const done: Record<Role, number> = { agent: 0, node: 0, console: 0 }
  const total = () => done.agent + done.node + done.console
  const mortal = async (role: Role, random: Random, name: string, start: () => Promise<void>) => {
    while (total() < kills) {
      // Mostly short, some long enough for whole questions.
      await pause(random.next() ** 2 * LIFE_MS)
      done[role]++
      await fleet.fleet.kill(name, 'SIGKILL')
      await startAgain(chaos, fleet, name, start)
      if (total() % 100 === 0) chaos.say(`${total()} of ${kills} kills`)
    }
  }
  const asker = async (random: Random, home: string) => {
    for (let i = 0; total() < kills; i++) {
      const question = [
        '--path',
        '/',
        '--content',
        `service started ${i}|x`,
        '-t',
        'all',
        '--yes',
        '--detach'
      ]
      const dies = random.next() < 0.3
      const began = performance.now()
      if (dies) done.console++
      await fleet.fleet.run(
        'gumshoe',
        ['file', ...question, '--home', home],
        dies ? { timeoutMs: random.between(200, 1_500) } : {}
      )
      const rest = ASK_EVERY_MS - (performance.now() - began)
      // In a short run there are too few questions for a rate.
      await pause(Math.min(kills <= 30 ? 500 : ASK_EVERY_MS, Math.max(0, rest)))
    }
  }
  const own = () => new Random(chaos.random.below(1e9))
  await Promise.all([
    ...fleet.hosts.map(host => mortal('agent', own(), host.name, () => fleet.startHost(host))),
    ...NODES.map(name => mortal('node', own(), name, () => fleet.startNode(name))),
    ...[fleet.julien, fleet.anna].map(home => asker(own(), home))
  ])
  return done
}
