import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { buildExecutable } from '../../agent/build/executable.ts'
import type { Architecture } from '../../agent/build/parts.ts'
import { fenceOf } from '../../src/run/fence.ts'
import { ROOT } from '../source-tree.ts'
import { executables } from '../support/executables.ts'
import { checkHistory, makeFleet, type TestFleet } from '../support/fleet.ts'
import { eventually } from '../support/members.ts'

/** The single executables, as an admin gets them: one file each, no Node, nothing beside it. */
const AGENTS = 2

let directory: string
let fleet: TestFleet | undefined
let alone: string
before(async () => {
  directory = await executables()
  alone = mkdtempSync(join(tmpdir(), 'gumshoe-alone-'))
})
after(async () => {
  await fleet?.remove()
  rmSync(alone, { recursive: true, force: true })
})

test('the agent alone in a directory answers without any environment, and leaves nothing behind', () => {
  const agent = join(alone, 'agent')
  copyFileSync(join(directory, `gumshoe-agent-linux-${process.arch}`), agent)
  const asked = spawnSync(agent, ['local', 'file', '--path', '/etc', '--name', '^passwd$', '--json'], {
    encoding: 'utf8',
    env: {},
    cwd: '/'
  })
  assert.equal(asked.status, 0, asked.stderr)
  const lines = asked.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.ok(lines.some(line => line.type === 'row' && line.path.t === '/etc/passwd'))
  assert.equal(lines.at(-1).state, 'done')
  assert.equal(asked.stderr, '')
  assert.deepEqual(readdirSync(alone), ['agent'])
})

test('built again it has the same bytes, and V8 takes the code that was compiled with it', {
  timeout: 60_000
}, async () => {
  const name = `gumshoe-agent-linux-${process.arch}`
  const again = await buildExecutable(ROOT, 'gumshoe-agent', process.arch as Architecture)
  assert.ok(readFileSync(join(directory, name)).equals(again.executable))
  assert.ok(again.executable.length <= 115e6, `${again.executable.length} bytes`)
  // Where V8 does not take it, Node warns.
  const { stderr } = spawnSync(join(directory, name), ['--version'], { encoding: 'utf8', env: {} })
  assert.equal(stderr, '')
  const inside = spawnSync(join(directory, name), ['inside', '--sbom'], { encoding: 'utf8', env: {} })
  assert.equal(inside.stdout, again.sbom)
})

test('neither the environment nor a word on its command line gives Node an option', () => {
  const agent = join(directory, `gumshoe-agent-linux-${process.arch}`)
  const asked = spawnSync(agent, ['--node-options=--version', 'fly'], {
    encoding: 'utf8',
    env: { NODE_OPTIONS: '--version' }
  })
  assert.equal(asked.status, 2)
  assert.match(asked.stderr, /error\[usage\]/)
})

test('a mesh of executables: agents join, answer through their fenced children, and nothing runs twice', {
  timeout: 120_000
}, async () => {
  fleet = await makeFleet(AGENTS, undefined, directory)
  const { ask } = fleet
  await eventually('every agent is known', async () => (await ask('agents')).length === AGENTS, 30_000)
  assert.deepEqual(
    (await ask('agents')).map(({ facts }) => (facts as { fence: string }).fence),
    Array(AGENTS).fill(await fenceOf())
  )
  const lines = await ask('file', '--path', '/etc', '--name', '^hostname$', '-t', 'all', '--yes')
  assert.deepEqual(
    lines.filter(({ type }) => type === 'host').map(({ state, verdict }) => [state, verdict]),
    Array(AGENTS).fill(['done', 'yes'])
  )
  assert.deepEqual(checkHistory(fleet), [])
})
