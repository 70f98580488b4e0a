import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFleet, type TestFleet } from '../../support/fleet.ts'
import { eventually } from '../../support/members.ts'
import { actionsOf, historyOf, isSettled, SETTLE_MS } from '../gather.ts'
import { judge } from '../history.ts'
import { type Chaos, pause, type Scenario, timeUntil } from '../scenario.ts'

const AGENTS = 6
const HOURS = 8
/** The hosts' rate for one person allows 60 questions in ten minutes. */
const ASK_EVERY_MS = 15_000
const SAMPLE_EVERY_MS = 10_000
const KILL_EVERY_MS = 5 * 60_000
/** What the second half of the time after the first quarter may have more than the first. */
const GROWTH = { share: 0.05, ownKiB: 2_048, handles: 4 }
/** How many points of each role's course are told. */
const COURSE = 8

const FILES = 400

/** What a process has of its own, and apart from it its share of mapped files, which the kernel may take back. */
interface Sample {
  readonly ownKiB: number
  readonly mappedKiB: number
  readonly handles: number
}

/** A mesh at work for hours: memory and handles of each role must stay what they were. */
export const soak: Scenario = {
  name: 'soak',
  promise:
    'memory and open handles of each role stay flat while questions are asked and one host is killed and restarted',
  onlyByName: true,
  run: async chaos => {
    const hours = chaos.amount ?? (chaos.short ? 0.02 : HOURS)
    const fleet = await makeFleet(AGENTS, undefined, await chaos.executables())
    chaos.removes(fleet)
    await eventually(
      'every agent is known',
      async () => (await fleet.ask('agents')).length === AGENTS,
      30_000
    )
    const samples = await work(chaos, fleet, hours * 3_600_000)
    const breaches: string[] = []
    for (const [who, taken] of samples) {
      const { before, after } = halves(taken)
      chaos.figure(who, `${told(before)} → ${told(after)} (${taken.length} samples)`)
      chaos.figure(`${who}, its course`, courseOf(taken))
      const more = after.ownKiB - before.ownKiB
      if (more > Math.max(GROWTH.ownKiB, GROWTH.share * before.ownKiB))
        breaches.push(`${who} grew by ${more} KiB`)
      if (after.handles - before.handles > GROWTH.handles)
        breaches.push(`${who} has ${after.handles - before.handles} handles more`)
    }
    const actions = await actionsOf(fleet)
    chaos.figure('questions', `${actions.length} in ${hours} h`)
    if ((await timeUntil(() => isSettled(fleet, actions), SETTLE_MS, 200)) === undefined)
      breaches.push('not every answer was out in the end')
    breaches.push(...judge(await historyOf(fleet, { open: actions, show: chaos.random.some(actions, 5) })))
    return breaches
  }
}

/** Asks, kills the last host now and then, and looks at all the others. */
const work = async (chaos: Chaos, fleet: TestFleet, ms: number): Promise<Map<string, Sample[]>> => {
  const mortal = fleet.hosts.at(-1)!
  const watched = ['b1', 'b2', ...fleet.hosts.slice(0, -1).map(({ name }) => name)]
  const samples = new Map(watched.map(name => [name, [] as Sample[]]))
  const began = performance.now()
  const every = async (step: number, act: () => Promise<void> | void) => {
    while (performance.now() - began + step < ms) {
      await pause(step)
      await act()
    }
  }
  const words = ['-t', 'all', '--yes', '--json']
  for (const { root } of fleet.hosts) plant(root)
  let asked = 0
  await Promise.all([
    every(ASK_EVERY_MS, async () => {
      const home = asked++ % 2 === 0 ? fleet.julien : fleet.anna
      const brief = ['--path', '/', '--content', `soak ${asked}|x`]
      const question = asked % 3 === 0 ? ['--path', '/var/soak', '--name', '.'] : brief
      // Every other one is followed to its end, as a person does.
      const rest = asked % 2 === 0 ? ['--detach'] : ['--wait', '10s']
      await fleet.fleet.run('gumshoe', ['file', ...question, ...rest, ...words, '--home', home])
    }),
    every(SAMPLE_EVERY_MS, () => {
      for (const name of watched) samples.get(name)!.push(sampleOf(fleet.fleet.pid(name)!))
    }),
    every(KILL_EVERY_MS, async () => {
      await fleet.fleet.kill(mortal.name, 'SIGKILL')
      await fleet.startHost(mortal)
    }),
    every(30 * 60_000, () => {
      chaos.say(`${((performance.now() - began) / 3_600_000).toFixed(1)} h, ${asked} questions`)
    })
  ])
  return samples
}

/** What each third question finds, so that the rooms that a node allows itself fill in minutes and not in hours. */
const plant = (root: string): void => {
  const directory = join(root, 'var/soak')
  mkdirSync(directory, { recursive: true })
  for (let i = 0; i < FILES; i++) writeFileSync(join(directory, `found-${i}`), '')
}

const sampleOf = (pid: number): Sample => {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const share = (of: string) => Number(new RegExp(`^${of}: *(\\d+) kB`, 'm').exec(rollup)![1])
  return {
    ownKiB: share('Pss_Anon'),
    mappedKiB: share('Pss_File'),
    handles: readdirSync(`/proc/${pid}/fd`).length
  }
}

const mib = (kib: number) => (kib / 1_024).toFixed(1)

const told = ({ ownKiB, mappedKiB, handles }: Sample) =>
  `${mib(ownKiB)} MiB and ${mib(mappedKiB)} mapped, ${handles} handles`

/** The first quarter is for warming up; the medians of the two halves of the rest. */
const halves = (taken: readonly Sample[]): { before: Sample; after: Sample } => {
  const rest = taken.slice(Math.floor(taken.length / 4))
  const middle = Math.ceil(rest.length / 2)
  return { before: medians(rest.slice(0, middle)), after: medians(rest.slice(middle)) }
}

/** Where the growth was: the medians of equal parts of the whole time. */
const courseOf = (taken: readonly Sample[]): string =>
  Array.from({ length: COURSE }, (_, part) => {
    const from = (of: number) => Math.floor((of * taken.length) / COURSE)
    const { ownKiB, mappedKiB } = medians(taken.slice(from(part), from(part + 1)))
    return `${mib(ownKiB)}+${mib(mappedKiB)}`
  }).join(', ')

const medians = (list: readonly Sample[]): Sample => {
  const median = (of: keyof Sample) =>
    list.map(sample => sample[of]).sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
  return { ownKiB: median('ownKiB'), mappedKiB: median('mappedKiB'), handles: median('handles') }
}
