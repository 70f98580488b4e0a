import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { enrolHome, layout } from '../../agent/home.ts'
import { Records } from '../../agent/records.ts'
import { systemClock } from '../../src/clock.ts'
import { encodeEnrolment } from '../../src/documents/enrolment.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { temporary } from '../support/agent-parts.ts'
import { AGENT_LAUNCHER } from '../support/launchers.ts'
import { eventually } from '../support/members.ts'
import { makeTestMesh, NOW } from '../support/mesh.ts'

interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

const type = (...argv: string[]): Promise<Ended> =>
  new Promise(done =>
    execFile(process.execPath, [AGENT_LAUNCHER, ...argv], (error, stdout, stderr) =>
      done({ status: Number(error?.code ?? 0), stdout, stderr })
    )
  )

/** A home of an enrolled agent. */
const enrolled = async (t: TestContext): Promise<string> => {
  const mesh = await makeTestMesh()
  const directory = temporary(t)
  const home = join(directory, 'home')
  const enrolment = makeIdentity()
  const file = join(directory, 'web.enrol')
  const grant = await mesh.signGrant(enrolment)
  writeFileSync(
    file,
    encodeEnrolment({ charters: [...mesh.chain.envelopes(0)], grant, seed: enrolment.seed })
  )
  await enrolHome(home, file, '/', NOW)
  return home
}

const says = ({ status, stdout, stderr }: Ended, expected: number, code: string): void => {
  assert.equal(status, expected, stderr)
  assert.match(stderr, new RegExp(`error\\[${code}\\]`))
  assert.doesNotMatch(stderr, /\n\s+at /)
  assert.equal(stdout, '')
}

test('local asks this machine: JSON Lines, a table, and statuses', async t => {
  const root = temporary(t)
  mkdirSync(join(root, 'etc'))
  writeFileSync(join(root, 'etc/odd'), 'text')
  const ask = (...more: string[]) => type('local', 'file', '--path', '/etc', '--root', root, ...more)
  const [yes, no, table] = await Promise.all([
    ask('--name', 'odd', '--json'),
    ask('--name', 'absent', '--exit-found', '--json'),
    ask('--name', 'odd')
  ])
  assert.deepEqual([yes.status, no.status, table.status], [0, 10, 0])
  const lines = yes.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.deepEqual(lines[0].path, { t: '/etc/odd' })
  assert.equal(lines.at(-1).verdict, 'yes')
  assert.match(table.stdout, /\/etc\/odd/)
})

test('what is typed wrong is a sentence with its code and status', async t => {
  const home = join(temporary(t), 'home')
  says(await type('run', '--home', home), 2, 'no-home')
  says(await type('run', '--home', home, '--root', '/nowhere'), 2, 'not-found')
  says(await type('run', '--home', home, '--enrol', '/nowhere'), 2, 'not-found')
  says(await type('why', '--home', home), 2, 'no-home')
  says(await type('fly'), 2, 'usage')
  says(await type('local', 'file', '--content', '('), 2, 'bad-params')
})

test('for a supervisor that starts again whatever ends, what is wrong for good is said once, and ends when it is stopped', async t => {
  const home = join(temporary(t), 'home')
  const child = spawn(process.execPath, [AGENT_LAUNCHER, 'run', '--stay', '--home', home])
  t.after(() => child.kill('SIGKILL'))
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', text => (said += text))
  const ended = new Promise<number | null>(done => child.once('exit', done))
  await eventually('it says why', () => /"event":"stays"/.test(said), 60_000)
  assert.match(said, /"code":"no-home"/)
  assert.equal(child.exitCode, null)
  child.kill('SIGTERM')
  assert.equal(await ended, 2)
})

test('a home that others may enter is refused, and so are settings that are none', async t => {
  const home = await enrolled(t)
  writeFileSync(layout(home).settings, '{"disclosure":{"open":true}}', { mode: 0o600 })
  says(await type('run', '--home', home), 2, 'usage')
  writeFileSync(layout(home).settings, '{}', { mode: 0o600 })
  chmodSync(home, 0o755)
  const refused = await type('run', '--home', home)
  assert.match(refused.stderr, /error\[home-open\]/)
  assert.match(refused.stderr, /chmod go-rwx/)
})

test('why tells the owner who asked, what, at which level, and how much left', async t => {
  const home = await enrolled(t)
  const empty = await type('why', '--home', home)
  assert.equal(empty.status, 0)
  assert.match(empty.stderr, /Nobody has asked/)
  const records = new Records(layout(home).records, systemClock)
  const asked = { persons: ['julien', 'sonia'], modules: ['file/1'], disclosure: 'clear' }
  const [first, second] = ['a'.repeat(64), 'b'.repeat(64)]
  records.add({ what: 'run', action: first!, ...asked, purpose: 'weekly check' })
  records.add({
    what: 'answered',
    action: first!,
    op: 'o1',
    state: 'done',
    verdict: 'yes',
    rows: 3,
    bytes: 1_148,
    id: 'c'.repeat(64)
  })
  records.add({ what: 'refused', action: second!, ...asked, code: 'disclosure-off' })
  records.add({ what: 'turned-away', kind: 'gumshoe/action/1', code: 'quorum' })
  const told = await type('why', '--home', home)
  assert.equal(told.status, 0)
  for (const word of [
    'aaaaaaaaaaaa',
    'julien + sonia',
    'file/1',
    'clear',
    'weekly check',
    'done yes, 3 rows',
    '1148',
    'disclosure-off'
  ])
    assert.ok(told.stdout.includes(word), `${word} is not in ${told.stdout}`)
  assert.match(told.stderr, /1 actions? ran, 1 w\w+ refused, 1 messages? w\w+ turned away/)
  const one = await type('why', '--home', home, '--json', '--action', 'bbbb')
  const lines = one.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.deepEqual(
    lines.map(({ what, code }) => [what, code]),
    [['refused', 'disclosure-off']]
  )
})

test('help shows each command with an example', async () => {
  const { stdout, status } = await type('--help')
  assert.equal(status, 0)
  for (const command of ['run', 'local', 'why']) assert.match(stdout, new RegExp(`gumshoe-agent ${command}`))
  for (const command of ['run', 'why', 'local'])
    assert.match((await type(command, '--help')).stdout, /Examples:/)
})
