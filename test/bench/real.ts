import { ask } from '../../console/ask/ask.ts'
import { adminContext } from '../../console/commands/admin-context.ts'
import { connect } from '../../console/connect.ts'
import { executables } from '../support/executables.ts'
import { makeFleet, type TestFleet } from '../support/fleet.ts'
import { type Bench, median } from './bench.ts'
import { collect, question } from './fleet/mesh.ts'
import { cpuOf, cpuSeconds } from './processes.ts'

const AGENTS = 50
const NODES = ['b1', 'b2'] as const

/** `npm run bench -- real [agents] [plain]`: the single executables, or plain node with the sources. */
export const real: Bench = {
  name: 'real',
  sentence: 'one question to agent processes with fenced children, one of them dead',
  run: async function* ({ rounds, rest }) {
    const agents = rest.map(Number).find(Number.isInteger) ?? AGENTS
    const fleet = await makeFleet(agents, undefined, rest.includes('plain') ? undefined : await executables())
    try {
      // It vanishes as a host does that loses its power: nobody is told.
      await fleet.fleet.kill(fleet.late.name, 'SIGKILL')
      const [prompt, shell]: [number[], number[]] = [[], []]
      const cpu: number[][] = []
      for (let round = 0; round < rounds; round++) {
        shell.push(await atTheShell(fleet, agents))
        const before = spent(fleet)
        prompt.push(await atThePrompt(fleet, agents))
        cpu.push(spent(fleet).map((value, i) => value - before[i]!))
      }
      const note = `${agents} agents`
      yield {
        what: 'from Enter at the prompt',
        value: median(prompt),
        unit: 'ms',
        aim: { most: 3_000 },
        note
      }
      yield { what: 'from the shell', value: median(shell), unit: 'ms', aim: { most: 4_000 }, note }
      for (const [i, who] of SPENDERS.entries()) {
        const ms = median(cpu.map(values => values[i]! * 1_000)) / (agents - 1)
        yield { what: `CPU a host, ${who}`, value: ms, unit: 'ms' }
      }
    } finally {
      await fleet.remove()
    }
  }
}

const SPENDERS = ['the agent', 'its fence and child', 'the nodes'] as const

/** Seconds of CPU so far, as SPENDERS names them. */
const spent = ({ fleet, hosts, late }: TestFleet): readonly number[] => {
  const agents = hosts.filter(({ name }) => name !== late.name).map(({ name }) => cpuOf(fleet.pid(name)!))
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const nodes = NODES.map(name => cpuSeconds(fleet.pid(name)!))
  return [sum(agents.map(({ own }) => own)), sum(agents.map(({ children }) => children)), sum(nodes)]
}

const requireAll = (answered: number, agents: number): void => {
  if (answered !== agents - 1) throw new Error(`${answered} of the ${agents - 1} living hosts have answered.`)
}

const atTheShell = async (fleet: TestFleet, agents: number): Promise<number> => {
  const started = performance.now()
  const lines = await fleet.ask('file', '--path', '/etc', '--name', '^hostname$', '-t', 'all', '--yes')
  const ms = performance.now() - started
  requireAll(lines.filter(({ verdict }) => verdict === 'yes').length, agents)
  return ms
}

/** What the prompt does with a line, over the connection that it keeps open. */
const atThePrompt = async (fleet: TestFleet, agents: number): Promise<number> => {
  const connected = await connect(adminContext({ home: fleet.julien, yes: true }))
  try {
    const records: Record<string, unknown>[] = []
    const asked = question({ path: ['/etc'], name: ['^hostname$'] }, 'all')
    const options = { yes: true, dryRun: false, detach: false, waitMs: 60_000, exitFound: false }
    const started = performance.now()
    await ask(connected, asked, { ...options, signal: new AbortController().signal }, collect(records))
    const ms = performance.now() - started
    requireAll(records.filter(({ verdict }) => verdict === 'yes').length, agents)
    return ms
  } finally {
    await connected.close()
  }
}
