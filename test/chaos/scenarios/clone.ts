import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeFleet, type TestFleet } from '../../support/fleet.ts'
import { eventually } from '../../support/members.ts'
import { actionsOf, historyOf, isSettled } from '../gather.ts'
import { type HostEvent, judge } from '../history.ts'
import type { Scenario } from '../scenario.ts'
import { timeUntil, took } from '../scenario.ts'

const AGENTS = 2
const PATIENCE_MS = 60_000

/** Machines that are set back to a snapshot, and one that is copied. */
export const clone: Scenario = {
  name: 'clone',
  promise:
    'what a restored host or node had said is neither said again nor lost, and a copied host does not run',
  run: async chaos => {
    const fleet = await makeFleet(AGENTS, undefined, await chaos.executables())
    chaos.removes(fleet)
    await eventually(
      'every agent is known',
      async () => (await fleet.ask('agents')).length === AGENTS,
      30_000
    )
    const at = (home: string) => join(fleet.fleet.directory, home)
    const [host, other] = fleet.hosts as [(typeof fleet.hosts)[0], (typeof fleet.hosts)[0]]
    const breaches: string[] = []
    const before = new Map<string, HostEvent[]>()
    const rounds = chaos.amount ?? (chaos.short ? 1 : 5)
    for (let round = 0; round < rounds; round++) {
      await asked(fleet, `before ${round}`)
      // Half of the snapshots are of a machine that was running.
      for (const [name, home, start] of [
        [host.name, fleet.homeOf(host), () => fleet.startHost(host)],
        ['b2', at('b2'), () => fleet.startNode('b2')]
      ] as const) {
        const running = chaos.random.next() < 0.5
        await fleet.fleet.kill(name, running ? 'SIGKILL' : 'SIGTERM')
        copy(home, `${home}.snapshot`)
        await start()
        const known = name === host.name ? fleet.records(name).length : 0
        await asked(fleet, `between ${round} ${name}`)
        await fleet.fleet.kill(name, 'SIGKILL')
        if (name === host.name)
          before.set(name, [...(before.get(name) ?? []), ...eventsFrom(fleet, name, known)])
        rmSync(home, { recursive: true })
        copy(`${home}.snapshot`, home)
        rmSync(`${home}.snapshot`, { recursive: true })
        await start()
        await asked(fleet, `after ${round} ${name}`, before)
      }
    }
    // The same home on another machine: the root of the other host has another machine id.
    const twin = at('twin')
    await fleet.fleet.kill(host.name)
    copy(fleet.homeOf(host), twin)
    await fleet.startHost(host)
    const copied = await fleet.fleet.run('gumshoe-agent', ['run', '--home', twin, '--root', other.root], {
      timeoutMs: 20_000
    })
    chaos.figure('a copied host', `ends with status ${copied.status}`)
    if (!copied.stderr.includes('cloned')) breaches.push(`a copied host says: ${copied.screen.slice(-300)}`)
    const actions = await actionsOf(fleet)
    const settled = await timeUntil(() => isSettled(fleet, actions, before), PATIENCE_MS, 200)
    chaos.figure(
      'snapshots restored',
      `${rounds} of a host, ${rounds} of a node; settled after ${took(settled)}`
    )
    breaches.push(...judge(await historyOf(fleet, { open: actions, show: actions.slice(-3), before })))
    return breaches
  }
}

/** With owners and modes, as a snapshot of a disk has them. */
const copy = (from: string, to: string): void => void execFileSync('cp', ['-a', from, to])

const eventsFrom = (fleet: TestFleet, name: string, from: number): HostEvent[] =>
  (fleet.records(name) as unknown as HostEvent[]).slice(from)

/** A question that is answered and acknowledged everywhere: what nobody heard of before a restore may be done again. */
const asked = async (
  fleet: TestFleet,
  word: string,
  before: ReadonlyMap<string, readonly HostEvent[]> = new Map()
): Promise<void> => {
  const lines = await fleet.ask('file', '--path', '/etc', '--content', word, '-t', 'all', '--yes', '--detach')
  const id = String(lines.find(({ type }) => type === 'action')?.['id'])
  await eventually(`${word} is settled`, () => isSettled(fleet, [id], before), PATIENCE_MS)
}
