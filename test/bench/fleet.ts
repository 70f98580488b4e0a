import { type Bench, type BenchOptions, type Figure, median } from './bench.ts'
import { startFloor } from './fleet/floor.ts'
import { startMesh } from './fleet/mesh.ts'
import { serfIsHere, startSerf } from './fleet/serf.ts'
import { askSide, type Side } from './fleet/side.ts'

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
      // One after the other: what stands beside takes a share of the machine that grows with its hosts (docs/performance.md).
      const floor = await askSide(await startFloor(agents), agents, options.rounds)
      const mesh = await askSide(await startMesh(agents), agents, options.rounds)
      const ms = median(mesh.ms)
      times.set(agents, ms)
      const note = `mesh ${say(mesh.ms)}, floor ${say(floor.ms)}`
      yield figure(`${agents} agents, of the floor`, ms / median(floor.ms), '×', note, AIMS[agents])
      yield* cpuFigures(agents, floor, mesh)
      yield { what: `${agents} agents, answers lost`, value: mesh.lost, unit: '', aim: { most: 0 } }
      if (agents === SERF_AT && serfIsHere()) yield await besideSerf(agents, ms, options)
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

const cpuFigures = (agents: number, floor: Side, mesh: Side): readonly Figure[] => {
  const of = ({ nodes, agents, console }: Side['cpu']) => nodes + agents + console
  const parts = ({ cpu: { nodes, agents, console } }: Side) =>
    [nodes, agents, console].map(ms => ms.toFixed(1)).join(' + ')
  return [
    figure(
      `${agents} agents, CPU a host and question`,
      of(mesh.cpu),
      'ms',
      `nodes, agents, console: ${parts(mesh)}`
    ),
    figure(`${agents} agents, the floor’s`, of(floor.cpu), 'ms', parts(floor)),
    figure(
      `${agents} agents, CPU a host and second at rest`,
      of(mesh.rest),
      'ms',
      `floor ${of(floor.rest).toFixed(2)}`
    )
  ]
}

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
