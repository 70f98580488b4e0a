import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fswatch } from '../../src/modules/fswatch.ts'
import type { TestFleet } from './fleet.ts'
import { eventually } from './members.ts'

type Line = Record<string, unknown>

/** A machine under load is slow, not wrong. */
const SOON_MS = 60_000

/** A question that stands, followed as it is asked: its lines as they come, until it is left by ^C. */
const follow = (fleet: TestFleet, ...args: string[]) => {
  const [command, ...prefix] = fleet.fleet.command('gumshoe')
  const child = spawn(command, [...prefix, ...args, '--json', '--home', fleet.julien], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let text = ''
  let said = ''
  child.stdout.on('data', chunk => (text += chunk))
  child.stderr.on('data', chunk => (said += chunk))
  return {
    lines: (): Line[] =>
      text
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line) as Line),
    said: () => said,
    leave: async (): Promise<number | null> => {
      child.kill('SIGINT')
      const [status] = (await once(child, 'close')) as [number | null]
      return status
    }
  }
}

/** What happens on two hosts is told as it happens, also what happened while an agent was killed; a cancel ends it. */
export const standing = async (
  fleet: TestFleet,
  put: (host: number, path: string, text: string) => void
): Promise<void> => {
  const asked = follow(fleet, 'fswatch', '-t', 'all', '--yes', '--recursive', '/etc', '--name', '^hidden-')
  const rows = () => asked.lines().filter(({ type }) => type === 'row')
  const soon = (what: string, holds: () => boolean) =>
    eventually(what, holds, SOON_MS).catch(error => {
      throw new Error(`${error}\n${asked.said()}\n${JSON.stringify(asked.lines())}`)
    })
  const stand = () => asked.lines().filter(({ type, state }) => type === 'host' && state === 'running').length
  await soon('all hosts stand', () => stand() >= fleet.hosts.length)
  put(0, 'etc/hidden-one', 'a')
  put(1, 'etc/hidden-two', 'a')
  await soon('both are told', () => rows().length === 2)
  const { name } = fleet.hosts[1]!
  await fleet.fleet.kill(name, 'SIGKILL')
  put(1, 'etc/hidden-two', 'b')
  await fleet.startHost(fleet.hosts[1]!)
  await soon('what happened meanwhile is told', () => rows().length === 3)
  const seen = rows().map(({ change, 'while-down': down }) => [change, down ?? false])
  assert.deepEqual(seen, [
    ['created', false],
    ['created', false],
    ['changed', true]
  ])
  assert.equal(await asked.leave(), 130)
  const short = /(a\d+) goes on without you.*cancel \1/.exec(asked.said())?.[1]
  assert.ok(short, asked.said())
  const open = await fleet.ask('show', short)
  assert.deepEqual(
    statesIn(open),
    fleet.hosts.map(() => 'running')
  )
  assert.ok(
    !JSON.stringify([...open, ...asked.lines()]).includes('hidden-two'),
    'no name that nobody asked for'
  )
  const cancelled = await fleet.fleet.run('gumshoe', ['cancel', short, '--yes', '--home', fleet.julien])
  assert.equal(cancelled.status, 0, cancelled.screen)
  let ended: Line[] = []
  await eventually(
    'it ends on every host',
    async () => {
      ended = await fleet.ask('show', short)
      return statesIn(ended).every(state => state === 'cancelled')
    },
    SOON_MS
  )
  assert.equal(ended.filter(({ type }) => type === 'row').length, 3, 'what was told stays')
}

/** Each example stands on every host as it is written, and is left and cancelled. */
export const examplesStand = async (fleet: TestFleet): Promise<void> => {
  const all = fswatch.examples.map(({ argv }) => follow(fleet, 'fswatch', '-t', 'all', '--yes', ...argv))
  for (const asked of all) {
    await eventually(
      'all hosts stand',
      () => statesIn(asked.lines()).filter(state => state === 'running').length >= fleet.hosts.length,
      SOON_MS
    )
    assert.equal(await asked.leave(), 130, asked.said())
    const short = /(a\d+) goes on without you/.exec(asked.said())?.[1]
    const cancelled = await fleet.fleet.run('gumshoe', ['cancel', short!, '--yes', '--home', fleet.julien])
    assert.equal(cancelled.status, 0, cancelled.screen)
  }
}

const statesIn = (lines: readonly Line[]): unknown[] =>
  lines.filter(({ type }) => type === 'host').map(({ state }) => state)
