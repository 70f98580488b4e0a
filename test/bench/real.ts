import { ask } from '../../console/ask/ask.ts'
import { adminContext } from '../../console/commands/admin-context.ts'
import { connect } from '../../console/connect.ts'
import { makeFleet, type TestFleet } from '../support/fleet.ts'
import { type Bench, median } from './bench.ts'
import { collect, question } from './fleet/mesh.ts'

const AGENTS = 50

/** `npm run bench -- real [agents]` */
export const real: Bench = {
  name: 'real',
  sentence: 'one question to agent processes with fenced children, one of them dead',
  run: async function* ({ rounds, rest }) {
    const agents = rest.map(Number).find(Number.isInteger) ?? AGENTS
    const fleet = await makeFleet(agents)
    try {
      // It vanishes as a host does that loses its power: nobody is told.
      await fleet.fleet.kill(fleet.late.name, 'SIGKILL')
      const [prompt, shell]: [number[], number[]] = [[], []]
      for (let round = 0; round < rounds; round++) {
        shell.push(await atTheShell(fleet, agents))
        prompt.push(await atThePrompt(fleet, agents))
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
    } finally {
      await fleet.remove()
    }
  }
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
