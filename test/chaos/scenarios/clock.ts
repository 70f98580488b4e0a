import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LIMITS } from '../../../src/limits.ts'
import { makeFleet, type TestFleet } from '../../support/fleet.ts'
import { eventually } from '../../support/members.ts'
import { actionsOf, historyOf, isSettled } from '../gather.ts'
import { judge } from '../history.ts'
import { fleetWith } from '../processes.ts'
import { pause, type Scenario, timeUntil, took } from '../scenario.ts'

const STEP_MS = 7.5 * 60_000
const OPEN_MS = 30 * 60_000
/** A host whose clock was set looks again within seconds. */
const PATIENCE_MS = 30_000

/** Hosts whose clocks are wrong by up to an hour, each way, and jump while they run. */
export const clock: Scenario = {
  name: 'clock',
  promise:
    'a clock within five minutes changes nothing, beyond it a host waits or refuses; once it is right all is answered, once',
  run: async chaos => {
    const library = findFaketime()
    if (library === undefined) {
      chaos.lacks(
        'clocks of processes: libfaketime is not installed (T12 has the table of 17 clocks for the gate)'
      )
      return []
    }
    // In a short run the ends and the middle.
    const minutes = chaos.short
      ? [-60, 0, 60]
      : Array.from({ length: 17 }, (_, i) => (i - 8) * (STEP_MS / 60_000))
    const offsets = new Map<string, number>()
    const fileOf = (name: string) => join(chaos.directory, `clock-${name}`)
    const turn = (name: string, ms: number) =>
      writeFileSync(fileOf(name), `${ms < 0 ? '-' : '+'}${Math.abs(ms) / 1_000}`)
    const fleet = await makeFleet(
      minutes.length,
      undefined,
      await chaos.executables(),
      fleetWith({
        wrap: who => {
          if (who.startsWith('gumshoe') || /^b\d$/.test(who)) return []
          if (!offsets.has(who)) {
            offsets.set(who, minutes[offsets.size]! * 60_000)
            turn(who, 0)
          }
          return ['env', `LD_PRELOAD=${library}`, `FAKETIME_TIMESTAMP_FILE=${fileOf(who)}`, ...FAKETIME]
        }
      })
    )
    chaos.removes(fleet)
    const known = async () => (await fleet.ask('agents')).length === minutes.length
    await eventually('every agent is known', known, 60_000)
    const breaches: string[] = []
    for (const [name, ms] of offsets) turn(name, ms)
    // The library looks at its file once a second.
    await pause(2_000)
    breaches.push(...(await whileWrong(fleet, offsets, 'jumped while it ran')))
    // One that is slower than the charter is old does not start, and says so: its clock is the reason.
    const able = fleet.hosts.filter(({ name }) => offsets.get(name)! >= -LIMITS.clockSkewMs)
    for (const host of chaos.random.some(able, Math.ceil(able.length / 2))) {
      await fleet.fleet.kill(host.name, 'SIGKILL')
      await fleet.startHost(host)
    }
    breaches.push(...(await whileWrong(fleet, offsets, 'half of them started so')))
    for (const name of offsets.keys()) turn(name, 0)
    const actions = await actionsOf(fleet)
    const settled = await timeUntil(() => isSettled(fleet, actions), PATIENCE_MS, 500)
    chaos.figure(
      'clocks',
      `${minutes.length}, from ${minutes[0]} to ${minutes.at(-1)} min; right again: all answered after ${took(settled)}`
    )
    if (settled === undefined)
      breaches.push(`not all was answered ${PATIENCE_MS / 1_000} s after the clocks were right`)
    breaches.push(...judge(await historyOf(fleet, { open: actions, show: actions.slice(-2) })))
    return breaches
  }
}

const FAKETIME = ['FAKETIME_CACHE_DURATION=1', 'FAKETIME_DONT_FAKE_MONOTONIC=1']

const findFaketime = (): string | undefined =>
  ['/usr/lib', '/usr/lib64']
    .filter(existsSync)
    .flatMap(place => [place, ...readdirSync(place).map(name => join(place, name))])
    .map(place => join(place, 'faketime/libfaketimeMT.so.1'))
    .find(existsSync)

/** Asks while the clocks are wrong, for a day and for half an hour, and compares who ran what with who should. */
const whileWrong = async (
  fleet: TestFleet,
  offsets: ReadonlyMap<string, number>,
  what: string
): Promise<string[]> => {
  const breaches: string[] = []
  for (const [open, expires] of [
    [LIMITS.windowDefaultMs, '24h'],
    [OPEN_MS, '30m']
  ] as const) {
    const lines = await fleet.ask(
      ...['file', '--path', '/etc', '--content', `${what} ${expires}`, '-t', 'all', '--yes', '--detach'],
      ...['--expires', expires]
    )
    const id = lines.find(({ type }) => type === 'action')?.['id']
    const ran = (name: string) =>
      fleet.records(name).some(event => event['what'] === 'run' && event['action'] === id)
    const should = (name: string) => {
      const offset = offsets.get(name)!
      return offset >= -LIMITS.clockSkewMs && offset <= open + LIMITS.clockSkewMs
    }
    const all = await timeUntil(() => [...offsets.keys()].filter(should).every(ran), 30_000, 200)
    if (all === undefined)
      for (const name of [...offsets.keys()].filter(host => should(host) && !ran(host)))
        breaches.push(
          `${what}: a host ${minutesOf(offsets, name)} min off did not run a question of ${expires}`
        )
    for (const name of [...offsets.keys()].filter(host => !should(host) && ran(host)))
      breaches.push(`${what}: a host ${minutesOf(offsets, name)} min off ran a question of ${expires}`)
  }
  return breaches
}

const minutesOf = (offsets: ReadonlyMap<string, number>, name: string): number => offsets.get(name)! / 60_000
