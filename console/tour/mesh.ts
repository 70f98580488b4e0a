import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FoundedMesh, foundMesh, type Place } from './found.ts'
import { layOut, lockOneFile, type TourHost, tourHosts } from './hosts.ts'
import type { Stage } from './stage.ts'

/** The tour's mesh with its hosts. */
export interface TourMesh extends FoundedMesh {
  readonly hosts: readonly TourHost[]
  /** The host that is off at first. */
  readonly late: TourHost
  homeOf(host: TourHost): string
  startHost(host: TourHost): Promise<void>
}

const READY = /"event":"ready"/

/** Makes the mesh with the commands that an operator would type: two nodes, a charter, enrolment files, agents. */
export const makeMesh = async (stage: Stage, agents: number, place?: Place): Promise<TourMesh> => {
  const at = (name: string) => join(stage.fleet.directory, name)
  const hosts = tourHosts(agents, stage.fleet.directory)
  const late = hosts.find(({ name }) => name === 'db-03') ?? hosts.at(-1)!
  for (const host of hosts) layOut(host)
  const { anna, julien, charter, startNode } = await foundMesh(stage, place)
  stage.say('One enrolment file for each kind of host: tags come from it, never from a host.')
  for (const [role, env] of [...new Set(hosts.map(host => `${host.role} ${host.env}`))].map(
    kind => kind.split(' ') as [string, string]
  )) {
    const count = hosts.filter(host => host.role === role && host.env === env).length
    await stage.type(
      'gumshoe',
      [
        'enrol',
        '--home',
        anna,
        '--yes',
        '--tag',
        `role=${role}`,
        '--tag',
        `env=${env}`,
        '--max',
        String(count),
        '-o',
        at(`${role}-${env}.enrol`)
      ],
      { quiet: true }
    )
  }
  const homeOf = (host: TourHost) => at(`agents/${host.name}`)
  const startHost = async (host: TourHost, quiet = true): Promise<void> => {
    const enrol = at(`${host.role}-${host.env}.enrol`)
    await stage.launch(
      host.name,
      'gumshoe-agent',
      [
        'run',
        '--home',
        homeOf(host),
        '--enrol',
        enrol,
        '--root',
        host.root,
        '--listen',
        '/ip4/127.0.0.1/tcp/0'
      ],
      READY,
      { quiet }
    )
  }
  setOwners(stage, hosts, homeOf)
  const first = hosts.find(host => host !== late) ?? late
  stage.say(
    `${hosts.length} agents, each for the file system of its host; the first as it is typed, the others likewise; ${late.name} stays off.`
  )
  await startHost(first, false)
  for (let from = 0; from < hosts.length; from += 6) {
    await Promise.all(
      hosts
        .slice(from, from + 6)
        .filter(host => host !== late && host !== first)
        .map(host => startHost(host))
    )
  }
  return { anna, julien, hosts, late, charter, homeOf, startHost, startNode }
}

/** What owners of hosts decided for themselves, before the agents start: no clear on one, a read budget on another. */
const setOwners = (stage: Stage, hosts: readonly TourHost[], homeOf: (host: TourHost) => string): void => {
  const settle = (name: string, settings: unknown) => {
    const host = hosts.find(entry => entry.name === name)
    if (host === undefined) return
    stage.fleet.makePrivate(homeOf(host))
    writeFileSync(join(homeOf(host), 'settings.json'), JSON.stringify(settings), { mode: 0o600 })
  }
  settle('web-04', { disclosure: { clear: false } })
  settle('app-02', { limits: { readBytes: 2_000 } })
  const locked = hosts.find(({ name }) => name === 'app-03')
  if (locked && process.getuid?.() !== 0) lockOneFile(locked)
}

/** The JSON Lines of a command's standard output. */
export const linesOf = (stdout: string): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
