import { cpuSeconds, seconds } from '../processes.ts'
import type { Asked } from './mesh.ts'

/** What is asked: the mesh, or the floor. */
interface Standing {
  ask(): Promise<Asked>
  readonly nodes: readonly number[]
  readonly workers: readonly number[]
  stop(): Promise<void>
}

/** Ms of CPU by role. */
interface Spent {
  readonly nodes: number
  readonly agents: number
  readonly console: number
}

export interface Side {
  /** Of each question, from the publish to the last answer. */
  readonly ms: readonly number[]
  readonly lost: number
  /** A host and question, without what the same time costs at rest. */
  readonly cpu: Spent
  /** A host and second. */
  readonly rest: Spent
}

const REST_S = 8
/** What follows an answer (receipts, replicas, ledgers) is done by then. */
const AFTER_S = 1.5

/** Asks so many times, after one question that warms up; then stops it. */
export const askSide = async (side: Standing, hosts: number, rounds: number): Promise<Side> => {
  try {
    await side.ask()
    await seconds(AFTER_S)
    const rest = await spentIn(side, () => seconds(REST_S))
    const asked: Asked[] = []
    const spent = await spentIn(side, async () => {
      for (let round = 0; round < rounds; round++) {
        asked.push(await side.ask())
        await seconds(AFTER_S)
      }
    })
    const each = (ms: (role: keyof Spent) => number): Spent => ({
      nodes: ms('nodes') / hosts,
      agents: ms('agents') / hosts,
      console: ms('console') / hosts
    })
    return {
      ms: asked.map(({ ms }) => ms),
      lost: asked.reduce((sum, { answers }) => sum + hosts - answers, 0),
      rest: each(role => rest[role] / rest.seconds),
      cpu: each(role => (spent[role] - (rest[role] / rest.seconds) * spent.seconds) / rounds)
    }
  } finally {
    await side.stop()
  }
}

const spentIn = async (
  { nodes, workers }: Standing,
  act: () => Promise<void>
): Promise<Spent & { readonly seconds: number }> => {
  const now = () => ({
    nodes: sum(nodes),
    agents: sum(workers),
    console: sum([process.pid]),
    seconds: performance.now() / 1_000
  })
  const before = now()
  await act()
  const after = now()
  return {
    nodes: after.nodes - before.nodes,
    agents: after.agents - before.agents,
    console: after.console - before.console,
    seconds: after.seconds - before.seconds
  }
}

const sum = (pids: readonly number[]): number => pids.reduce((ms, pid) => ms + cpuSeconds(pid) * 1_000, 0)
