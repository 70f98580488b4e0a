import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { executables } from '../support/executables.ts'
import { makeFleet, type TestFleet } from '../support/fleet.ts'
import { type Bench, type Figure, median } from './bench.ts'
import { startMesh } from './fleet/mesh.ts'
import { cpuSeconds, loopbackBytes, pssMB, seconds } from './processes.ts'

const AGENTS = 6
const HUB_AGENTS = 1_000
const BURST = 20
const LOOK_S = 60

/** `npm run bench -- idle [minutes of the long look, 10 by default] [agents of the node, 1,000 by default]` */
export const idle: Bench = {
  name: 'idle',
  sentence:
    'what an agent (the single executable) costs its host while nobody asks, and a bootstrap node with its agents',
  run: async function* ({ rest }) {
    const [minutes = 10, hubAgents = HUB_AGENTS] = rest.map(Number).filter(Number.isInteger)
    const fleet = await makeFleet(AGENTS, undefined, await executables())
    try {
      const joined: number[] = []
      for (const host of fleet.hosts) joined.push(await joinedAfter(fleet, host))
      yield { what: 'start to joined', value: median(joined), unit: 'ms', aim: { most: 200 } }
      const pids = fleet.hosts.map(({ name }) => fleet.fleet.pid(name)!)
      await seconds(LOOK_S)
      yield* look('after 60 s', pids, LOOK_S)
      await seconds(Math.max(0, minutes * 60 - 3 * LOOK_S))
      yield* look(`after ${minutes} min`, pids, LOOK_S)
      for (let i = 0; i < BURST; i++)
        await fleet.ask('file', '--path', '/etc', '--name', 'passwd', '-t', 'all', '--yes')
      await seconds(10)
      yield* look('after a burst', pids, LOOK_S)
    } finally {
      await fleet.remove()
    }
    if (hubAgents > 0) yield* hub(hubAgents)
  }
}

/** Ms from the start of an agent's process to the first node that is there, by its own log; its second start, as of a service. */
const joinedAfter = async (fleet: TestFleet, host: TestFleet['hosts'][number]): Promise<number> => {
  await fleet.fleet.kill(host.name)
  const started = Date.now()
  await fleet.startHost(host)
  for (;;) {
    for (const line of readFileSync(join(fleet.fleet.directory, `${host.name}.log`), 'utf8').split('\n')) {
      const isUp = line.includes('"event":"up"') && line.includes('"role":"node"')
      const at = isUp ? Date.parse(JSON.parse(line).time) : 0
      if (at >= started) return at - started
    }
    await seconds(0.1)
  }
}

async function* look(when: string, pids: readonly number[], span: number): AsyncGenerator<Figure> {
  const before = pids.map(cpuSeconds)
  await seconds(span)
  const cpu = pids.map((pid, i) => ((cpuSeconds(pid) - before[i]!) / span) * 100)
  yield { what: `agent ${when}: PSS`, value: median(pids.map(pssMB)), unit: 'MB', aim: { most: 35 } }
  yield { what: `agent ${when}: CPU`, value: median(cpu), unit: '%', aim: { most: 0.1 } }
}

async function* hub(agents: number): AsyncGenerator<Figure> {
  const mesh = await startMesh(agents)
  try {
    await seconds(LOOK_S)
    const before = mesh.nodes.map(cpuSeconds)
    const carried = loopbackBytes()
    await seconds(LOOK_S)
    const cpu = mesh.nodes.map((pid, i) => ((cpuSeconds(pid) - before[i]!) / LOOK_S) * 100)
    const name = `node with ${agents} agents`
    yield { what: `${name}: CPU`, value: median(cpu), unit: '%' }
    yield { what: `${name}: PSS`, value: median(mesh.nodes.map(pssMB)), unit: 'MB' }
    const each = (loopbackBytes() - carried) / LOOK_S / 1_000
    yield {
      what: `${name}: all that the mesh sends`,
      value: each,
      unit: 'kB/s',
      note: 'two nodes and the agents among themselves'
    }
  } finally {
    await mesh.stop()
  }
}
