import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { buildExecutable, executableName } from '../../agent/build/executable.ts'
import type { Architecture } from '../../agent/build/parts.ts'
import { enrolmentIn } from '../../src/cli/personal.ts'
import { decodeEnrolment } from '../../src/documents/enrolment.ts'
import { fenceOf } from '../../src/run/fence.ts'
import { ROOT } from '../source-tree.ts'
import { executables } from '../support/executables.ts'
import { checkHistory, HOSTNAME, makeFleet, type TestFleet } from '../support/fleet.ts'
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
  for (const program of ['gumshoe', 'gumshoe-agent', 'gumshoe-bootstrap'] as const) {
    const { size } = statSync(join(directory, executableName(program, process.arch as Architecture)))
    assert.ok(size <= 115e6, `${program}: ${size} bytes`)
  }
  // Where V8 does not take it, the program warns.
  for (const words of [['--version'], ['child', 'files']]) {
    const { stderr } = spawnSync(join(directory, name), words, { encoding: 'utf8', env: {}, input: '' })
    assert.doesNotMatch(stderr, /rejected/)
  }
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

test('no signal has it open a debugger to everybody on the host', { timeout: 60_000 }, async () => {
  const child = spawn(join(directory, `gumshoe-agent-linux-${process.arch}`), ['child', 'files'])
  await once(child.stdout, 'data')
  const threads = readdirSync(`/proc/${child.pid}/task`).map(thread =>
    readFileSync(`/proc/${child.pid}/task/${thread}/comm`, 'utf8').trim()
  )
  child.kill('SIGKILL')
  assert.ok(threads.includes('MainThread'))
  assert.ok(!threads.includes('SignalInspector'), 'the thread that waits for the signal')
})

test('a mesh of executables: agents join, answer through their fenced children, and nothing runs twice', {
  timeout: 300_000
}, async () => {
  fleet = await makeFleet(AGENTS, undefined, directory)
  const { ask } = fleet
  await eventually('every agent is known', async () => (await ask('agents')).length === AGENTS, 30_000)
  assert.deepEqual(
    (await ask('agents')).map(({ facts }) => (facts as { fence: string }).fence),
    Array(AGENTS).fill(await fenceOf())
  )
  const lines = await ask(...HOSTNAME, '-t', 'all')
  assert.deepEqual(
    lines.filter(({ type }) => type === 'host').map(({ state, verdict }) => [state, verdict]),
    Array(AGENTS).fill(['done', 'yes'])
  )
  assert.deepEqual(checkHistory(fleet), [])
})

test('a personal executable enrols its host by being started, without a word; a damaged one says that it is', {
  timeout: 60_000
}, async t => {
  const { fleet: processes, anna, ask } = fleet!
  const personal = join(alone, 'web-agent')
  const made = await processes.run('gumshoe', [
    ...['enrol', '--home', anna, '--yes', '--tag', 'role=web', '--tag', 'env=prod', '--max', '1'],
    ...['--binary', join(directory, `gumshoe-agent-linux-${process.arch}`), '--out', personal]
  ])
  assert.equal(made.status, 0, made.screen)
  assert.equal(statSync(personal).mode & 0o777, 0o700)
  const home = join(alone, 'home')
  const env = { GUMSHOE_AGENT_HOME: home }
  const bytes = readFileSync(personal)
  for (const [name, change] of [
    ['cut', bytes.subarray(0, -9)],
    [
      'changed',
      Buffer.concat([bytes.subarray(0, -300), Buffer.from([bytes.at(-300)! ^ 1]), bytes.subarray(-299)])
    ]
  ] as const) {
    const damaged = join(alone, name)
    writeFileSync(damaged, change, { mode: 0o700 })
    const { status, stderr } = spawnSync(damaged, [], { encoding: 'utf8', env })
    assert.match(stderr, /^error\[damaged-executable\]/)
    assert.equal(status, 8)
    rmSync(damaged)
  }
  const agent = spawn(personal, [], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  t.after(() => agent.kill('SIGKILL'))
  let log = ''
  agent.stderr.on('data', chunk => (log += chunk))
  await eventually('it is ready', () => /"event":"ready"/.test(log), 20_000)
  await eventually('it is known', async () => (await ask('agents')).length === AGENTS + 1, 20_000)
  // The key of the enrolment is in the file that was copied, and nowhere in the home.
  const { seed } = decodeEnrolment(enrolmentIn(personal)!)
  for (const file of ['agent.cbor', 'charters.cbor'])
    assert.ok(!readFileSync(join(home, file)).includes(Buffer.from(seed)), file)
})
