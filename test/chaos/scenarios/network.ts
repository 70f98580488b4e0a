import { makeFleet, type TestFleet } from '../../support/fleet.ts'
import { eventually } from '../../support/members.ts'
import { Network, type Rule } from '../faults/network.ts'
import { actionsOf, historyOf, isSettled } from '../gather.ts'
import { judge } from '../history.ts'
import { fleetWith } from '../processes.ts'
import { type Chaos, pause, type Scenario, timeUntil, took } from '../scenario.ts'

const HEALED_MS = 10_000
const PATIENCE_MS = 90_000
const NODES = ['b1', 'b2'] as const

interface Fault {
  readonly what: string
  readonly seconds: number
  readonly rules: readonly Rule[]
}

/** Two sides, each with a node and half of the hosts; the console sits beside the first. */
export const network: Scenario = {
  name: 'network',
  promise: 'after healing every open action reaches every agent within 10 s',
  run: async chaos => {
    const agents = chaos.amount ?? (chaos.short ? 4 : 30)
    let net: Network
    try {
      net = await Network.make(chaos, agents + 2)
    } catch (error) {
      chaos.lacks(`a network of our own: ${error instanceof Error ? error.message : error}`)
      return []
    }
    const { fleet, seats } = await fleetOn(chaos, net, agents)
    const breaches: string[] = []
    for (const fault of faultsFor(chaos, seats)) {
      const reached = await suffer(chaos, net, fleet, fault)
      chaos.figure(`${fault.what} for ${fault.seconds} s: all reached after`, took(reached))
      if (reached === undefined || reached > HEALED_MS)
        breaches.push(`${fault.what} for ${fault.seconds} s: all reached after ${took(reached)}`)
    }
    const actions = await actionsOf(fleet)
    const settled = await timeUntil(() => isSettled(fleet, actions), PATIENCE_MS, 200)
    if (settled === undefined) breaches.push('not every answer was out in the end')
    breaches.push(...judge(await historyOf(fleet, { open: actions, show: actions.slice(-2) })))
    return breaches
  }
}

const fleetOn = async (chaos: Chaos, net: Network, agents: number) => {
  const seats = new Map<string, number>(NODES.map((name, i) => [name, i + 2]))
  const seatOf = (who: string): number => {
    if (!seats.has(who)) seats.set(who, seats.size + 2)
    return seats.get(who)!
  }
  const fleet = await makeFleet(
    agents,
    async name => ({ listen: `${net.address(seatOf(name))}/tcp/7070` }),
    await chaos.executables(),
    fleetWith({
      wrap: who => (who.startsWith('gumshoe') ? [] : net.at(seatOf(who))),
      args: (who, args) =>
        args.map(word => (word === '/ip4/127.0.0.1/tcp/0' ? `${net.address(seatOf(who))}/tcp/7071` : word))
    })
  )
  chaos.removes(fleet)
  await eventually('every agent is known', async () => (await fleet.ask('agents')).length === agents, 60_000)
  return { fleet, seats }
}

const faultsFor = (chaos: Chaos, seats: ReadonlyMap<string, number>): Fault[] => {
  const hosts = [...seats].filter(([name]) => !NODES.includes(name as 'b1')).map(([, seat]) => seat)
  const half = hosts.length / 2
  const a = [1, seats.get('b1')!, ...hosts.slice(0, half)]
  const b = [seats.get('b2')!, ...hosts.slice(half)]
  const all = [...a.slice(1), ...b]
  const lost = chaos.random.pick(hosts)
  const cut = (seconds: number): Fault => ({
    what: `two sides of ${half} hosts cut off from each other`,
    seconds,
    rules: [
      { from: a, to: b, loss: 1 },
      { from: b, to: a, loss: 1 }
    ]
  })
  const loss = (seconds: number): Fault => ({
    what: '30 % loss',
    seconds,
    rules: [{ from: all, to: all, loss: 0.3 }]
  })
  const vanished = (seconds: number): Fault => ({
    what: 'a host vanished without a reset',
    seconds,
    rules: [
      { from: [lost], to: [1, ...all], loss: 1 },
      { from: [1, ...all], to: [lost], loss: 1 }
    ]
  })
  if (chaos.short) return [cut(5), vanished(16)]
  const oneWay = { what: 'one way lost between two sides', seconds: 30, rules: [{ from: b, to: a, loss: 1 }] }
  const slow = {
    what: '500 ± 200 ms',
    seconds: 30,
    rules: [{ from: all, to: all, delay: 500, jitter: 200 }]
  }
  return [cut(5), cut(20), cut(45), cut(120), cut(600), oneWay, loss(30), slow, vanished(25), vanished(60)]
}

/** Questions are asked at the start and in the midst of a fault. Returns how long after the healing the last host had them all. */
const suffer = async (
  chaos: Chaos,
  net: Network,
  fleet: TestFleet,
  { seconds, rules }: Fault
): Promise<number | undefined> => {
  const ask = (word: string) =>
    fleet.fleet.run('gumshoe', [
      ...['file', '--path', '/etc', '--content', word, '-t', 'all', '--yes', '--detach'],
      ...['--home', fleet.julien]
    ])
  await net.shape(rules)
  const over = performance.now() + seconds * 1_000
  await ask(`early ${seconds}`)
  await pause(Math.max(0, (over - performance.now()) * chaos.random.next()))
  await ask(`late ${seconds}`)
  await pause(Math.max(0, over - performance.now()))
  await net.shape([])
  const healed = performance.now()
  const actions = await actionsOf(fleet)
  const reached = () =>
    fleet.hosts.every(({ name }) => {
      const decided = new Set(
        fleet
          .records(name)
          .filter(({ what }) => what === 'run' || what === 'refused')
          .map(({ action }) => action)
      )
      return actions.every(id => decided.has(id))
    })
  const ms = await timeUntil(reached, PATIENCE_MS, 100)
  return ms === undefined ? undefined : performance.now() - healed
}
