import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Fleet } from '../../console/tour/fleet.ts'
import type { Place } from '../../console/tour/found.ts'
import { linesOf, makeMesh, type TourMesh } from '../../console/tour/mesh.ts'
import { Stage } from '../../console/tour/stage.ts'

export interface TestFleet extends TourMesh {
  readonly fleet: Fleet
  readonly stage: Stage
  /** Runs gumshoe as julien and returns its JSON Lines; the statuses are those of a question. */
  ask(...args: string[]): Promise<Record<string, unknown>[]>
  /** Events of one agent's own records. */
  records(host: string): Record<string, unknown>[]
  remove(): Promise<void>
}

/**
 * A real mesh of processes: two nodes and some agents, made by the commands that an operator would type. Where
 * GUMSHOE_EXECUTABLES names a directory (`npm run build:all` fills dist), they are the single executables in it.
 */
export const makeFleet = async (
  agents: number,
  place?: Place,
  executables = process.env['GUMSHOE_EXECUTABLES']
): Promise<TestFleet> => {
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-e2e-'))
  const fleet = new Fleet(
    directory,
    resolve(import.meta.dirname, '../..'),
    executables && resolve(executables)
  )
  const stage = new Stage(fleet, () => undefined, false)
  const remove = async (): Promise<void> => {
    await fleet.stop()
    rmSync(directory, { recursive: true, force: true })
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
        const done = await fleet.run('gumshoe', [...args, '--json', '--home', mesh.julien])
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

/** What the agents' own records must say after everything: nothing ran twice, whatever ran was answered. Returns every breach. */
export const checkHistory = (fleet: TestFleet): string[] => {
  const breaches: string[] = []
  for (const { name } of fleet.hosts) {
    const events = fleet.records(name)
    const runs = events.filter(({ what }) => what === 'run').map(({ action }) => String(action))
    const twice = runs.filter((action, i) => runs.indexOf(action) !== i)
    for (const action of twice) breaches.push(`${name} ran ${action} twice`)
    for (const action of runs) {
      const answers = events.filter(event => event['what'] === 'answered' && event['action'] === action)
      if (answers.length === 0) breaches.push(`${name} never answered ${action}`)
      if (answers.length > 1) breaches.push(`${name} answered ${action} ${answers.length} times`)
    }
  }
  return breaches
}
