import { readdirSync, readFileSync } from 'node:fs'
import { makeFleet, type TestFleet } from '../../support/fleet.ts'
import { eventually } from '../../support/members.ts'
import { actionsOf, historyOf, isSettled } from '../gather.ts'
import { judge } from '../history.ts'
import { type Chaos, pause, type Scenario, timeUntil } from '../scenario.ts'

const AGENTS = 6
const HOURS = 8
/** The hosts' rate for one person allows 60 questions in ten minutes. */
const ASK_EVERY_MS = 15_000
const SAMPLE_EVERY_MS = 10_000
const KILL_EVERY_MS = 5 * 60_000
/** What the second half of the time after the first quarter may have more than the first. */
const GROWTH = { share: 0.05, pssKiB: 2_048, handles: 4 }

interface Sample {
  readonly pssKiB: number
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
    chaos.after(() => fleet.remove())
    await eventually(
      'every agent is known',
      async () => (await fleet.ask('agents')).length === AGENTS,
      30_000
    )
    const samples = await work(chaos, fleet, hours * 3_600_000)
    const breaches: string[] = []
    for (const [who, taken] of samples) {
      const { before, after } = halves(taken)
      const text = (sample: Sample) => `${(sample.pssKiB / 1_024).toFixed(1)} MiB, ${sample.handles} handles`
      chaos.figure(who, `${text(before)} → ${text(after)} (${taken.length} samples)`)
      const more = after.pssKiB - before.pssKiB
      if (more > Math.max(GROWTH.pssKiB, GROWTH.share * before.pssKiB))
        breaches.push(`${who} grew by ${more} KiB`)
      if (after.handles - before.handles > GROWTH.handles)
        breaches.push(`${who} has ${after.handles - before.handles} handles more`)
    }
    const actions = await actionsOf(fleet)
    chaos.figure('questions', `${actions.length} in ${hours} h`)
    if ((await timeUntil(() => isSettled(fleet, actions), 60_000, 200)) === undefined)
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
  let asked = 0
  await Promise.all([
    every(ASK_EVERY_MS, async () => {
      const home = asked++ % 2 === 0 ? fleet.julien : fleet.anna
      const question = ['--path', '/', '--content', `soak ${asked}|x`, '-t', 'all', '--yes']
      // Every other one is followed to its end, as a person does.
      const rest = asked % 2 === 0 ? ['--detach'] : ['--wait', '10s']
      await fleet.fleet.run('gumshoe', ['file', ...question, ...rest, '--json', '--home', home])
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

const sampleOf = (pid: number): Sample => {
  const pss = /^Pss: *(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))
  return { pssKiB: Number(pss![1]), handles: readdirSync(`/proc/${pid}/fd`).length }
}

/** The first quarter is for warming up; the medians of the two halves of the rest. */
const halves = (taken: readonly Sample[]): { before: Sample; after: Sample } => {
  const rest = taken.slice(Math.floor(taken.length / 4))
  const median = (of: keyof Sample, list: readonly Sample[]) =>
    list.map(sample => sample[of]).sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
  const both = (list: readonly Sample[]) => ({
    pssKiB: median('pssKiB', list),
    handles: median('handles', list)
  })
  const middle = Math.ceil(rest.length / 2)
  return { before: both(rest.slice(0, middle)), after: both(rest.slice(middle)) }
}
