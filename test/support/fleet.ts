import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Fleet } from '../../console/tour/fleet.ts'
import type { Place } from '../../console/tour/found.ts'
import { linesOf, makeMesh, type TourMesh } from '../../console/tour/mesh.ts'
import { Stage } from '../../console/tour/stage.ts'
import { type HostEvent, judge } from '../chaos/history.ts'
import { askedExecutables } from './asked-executables.ts'

/** The question that every host of a fleet answers with yes: its words after `gumshoe`. */
export const HOSTNAME = ['file', '--path', '/etc', '--name', '^hostname$', '--yes'] as const

/** A machine that is busy with other tests is slow, not wrong. */
const PATIENCE_MS = 150_000

export interface TestFleet extends TourMesh {
  readonly fleet: Fleet
  readonly stage: Stage
  /** Runs gumshoe as julien and returns its JSON Lines; the statuses are those of a question. */
  ask(...args: string[]): Promise<Record<string, unknown>[]>
  /** Events of one agent's own records. */
  records(host: string): Record<string, unknown>[]
  /** Ends the processes and removes their files, unless somebody is to look at them. */
  remove(keep?: boolean): Promise<void>
}

/**
 * A real mesh of processes: two nodes and some agents, made by the commands that an operator would type. Where
 * askedExecutables names a directory, they are the single executables in it.
 * `processes` may start them in another way.
 */
export const makeFleet = async (
  agents: number,
  place?: Place,
  executables = askedExecutables(),
  processes: typeof Fleet = Fleet
): Promise<TestFleet> => {
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-e2e-'))
  const fleet = new processes(
    directory,
    resolve(import.meta.dirname, '../..'),
    executables && resolve(executables)
  )
  const stage = new Stage(fleet, () => undefined, false)
  const remove = async (keep = false): Promise<void> => {
    await fleet.stop()
    if (!keep) rmSync(directory, { recursive: true, force: true })
  }
  try {
    const mesh = await makeMesh(stage, agents, place)
    if (!fleet.running().includes(mesh.late.name)) await mesh.startHost(mesh.late)
    return {
      ...mesh,
      fleet,
      stage,
      remove,
      ask: async (...args) => {
        const words = [...args, '--json', '--home', mesh.julien]
        const done = await fleet.run('gumshoe', words, { timeoutMs: PATIENCE_MS })
        if (![0, 3, 10].includes(done.status))
          throw new Error(`gumshoe ${args.join(' ')} ended with ${done.status}:\n${done.screen}`)
        return linesOf(done.stdout)
      },
      records: host => {
        const file = join(mesh.homeOf(mesh.hosts.find(({ name }) => name === host)!), 'records.jsonl')
        return readFileSync(file, 'utf8')
          .split('\n')
          .filter(Boolean)
          .flatMap(line => {
            try {
              return [JSON.parse(line)]
            } catch {
              return []
            }
          })
      }
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** What the agents' own records say after everything, by the rules of the history checker. Returns every breach. */
export const checkHistory = (fleet: TestFleet): string[] =>
  judge({
    hosts: fleet.hosts.map(({ name }) => ({
      name,
      peer: undefined,
      events: fleet.records(name) as unknown as HostEvent[]
    })),
    open: [],
    nodes: [],
    shown: [],
    unsound: []
  })
