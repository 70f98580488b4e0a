import { type Bench, type BenchOptions, type Figure, median } from './bench.ts'
import { startFloor } from './fleet/floor.ts'
import { type Asked, startMesh } from './fleet/mesh.ts'
import { serfIsHere, startSerf } from './fleet/serf.ts'

const SIZES = [50, 100, 300, 1_000]
/** Of the sizes for which the house has an aim: at most so many times the floor. */
const AIMS: Readonly<Record<number, number>> = { 300: 1.2, 1000: 1.3 }
/** At this size serf is asked too, with acknowledgements only; of its time ours may be so much. */
const SERF_AT = 100
const SERF_AIM = 0.3

/** `npm run bench -- fleet [N…]` */
export const fleet: Bench = {
  name: 'fleet',
  sentence:
    'one question to N agents, from the console’s publish to the last answer opened, beside the secured floor (floor.ts)',
  run: async function* (options) {
    const named = options.rest.map(Number).filter(Number.isInteger)
    const times = new Map<number, number>()
    for (const agents of named.length > 0 ? named : SIZES) {
      const { floor, mesh, lost } = await askBoth(agents, options)
      times.set(agents, median(mesh))
      const note = `mesh ${say(mesh)}, floor ${say(floor)}`
      const aim = AIMS[agents]
      yield figure(`${agents} agents, of the floor`, median(mesh) / median(floor), '×', note, aim)
      yield { what: `${agents} agents, answers lost`, value: lost, unit: '', aim: { most: 0 } }
      if (agents === SERF_AT && serfIsHere()) yield await besideSerf(agents, median(mesh), options)
    }
    const [few, many] = [times.get(100), times.get(1_000)]
    if (few !== undefined && many !== undefined)
      yield figure(
        'a host’s share at 1,000, of that at 100',
        many / 1_000 / (few / 100),
        '×',
        'flat or falling',
        1
      )
  }
}

const figure = (what: string, value: number, unit: string, note: string, most?: number): Figure => ({
  what,
  value,
  unit,
  note,
  ...(most !== undefined && { aim: { most } })
})

const say = (ms: readonly number[]): string => `${Math.round(median(ms))} ms`

const besideSerf = async (agents: number, ours: number, { rounds }: BenchOptions): Promise<Figure> => {
  const serf = await startSerf(agents)
  try {
    const times: number[] = []
    let lost = 0
    for (let round = 0; round <= rounds; round++) {
      const { ms, acks } = await serf.ask()
      if (round > 0) times.push(ms)
      lost += agents - acks
    }
    const note = `serf ${say(times)}, ${lost} acknowledgements lost`
    return figure(`${agents} agents, of serf's acknowledgements`, ours / median(times), '×', note, SERF_AIM)
  } finally {
    await serf.stop()
  }
}

/** Both stand at the same time and are asked in turn; the first question of each warms up and does not count. */
const askBoth = async (agents: number, { rounds }: BenchOptions) => {
  const floor = await startFloor(agents)
  try {
    const mesh = await startMesh(agents)
    try {
      const asked: { floor: Asked[]; mesh: Asked[] } = { floor: [], mesh: [] }
      for (let round = 0; round <= rounds; round++) {
        asked.floor.push(await floor.ask())
        asked.mesh.push(await mesh.ask())
      }
      const lost = asked.mesh.reduce((sum, { answers }) => sum + agents - answers, 0)
      const ms = (list: readonly Asked[]) => list.slice(1).map(one => one.ms)
      return { floor: ms(asked.floor), mesh: ms(asked.mesh), lost }
    } finally {
      await mesh.stop()
    }
  } finally {
    await floor.stop()
  }
}
