import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { layOut } from '../../console/tour/hosts.ts'
import { HOSTNAME, makeFleet, type TestFleet } from '../support/fleet.ts'
import { eventually } from '../support/members.ts'

/** Two nodes that can't hear each other are each asked to let in as many hosts as a grant says: they come to agree, it is told, and nobody more gets in. */

let fleet: TestFleet
after(() => fleet?.remove())

const at = (name: string): string => join(fleet.fleet.directory, name)
const log = (name: string): string => readFileSync(at(`${name}.log`), 'utf8')
const says = (name: string, code: string): boolean => log(name).includes(`"code":"${code}","event":"refused"`)

/** Starts a host by the file for two. */
const start = async (name: string): Promise<void> => {
  const root = at(`hosts/${name}`)
  // Its machine id is made once.
  if (!existsSync(root)) layOut({ name, role: 'db', env: 'prod', root })
  const args = [
    '--home',
    at(name),
    '--enrol',
    at('two.enrol'),
    '--root',
    root,
    '--listen',
    '/ip4/127.0.0.1/tcp/0'
  ]
  await fleet.fleet.start(name, 'gumshoe-agent', ['run', ...args], /"event":"ready"/)
}

const gumshoe = async (...args: string[]) => fleet.fleet.run('gumshoe', [...args, '--home', fleet.anna])

/** Names of the hosts of the file that the nodes which run now know. */
const known = async (): Promise<string[]> =>
  (await fleet.ask('agents'))
    .map(line => (line['host'] as { name: string }).name)
    .filter(name => name.startsWith('db'))

test('more hosts than a grant says, at nodes that were apart', { timeout: 300_000 }, async () => {
  fleet = await makeFleet(1)
  await gumshoe('enrol', '--tag', 'role=db', '--max', '2', '--yes', '-o', at('two.enrol'))
  await fleet.fleet.kill('b2')
  await Promise.all(['db-1', 'db-2'].map(start))
  await eventually('the first node lets two in', async () => (await known()).length === 2, 30_000)
  for (const name of ['db-1', 'db-2', 'b1']) await fleet.fleet.kill(name)
  await fleet.startNode('b2')
  await Promise.all(['db-3', 'db-4'].map(start))
  await eventually('the second lets two others in', async () => (await known()).length === 2, 30_000)

  await fleet.startNode('b1')
  await Promise.all(['db-1', 'db-2'].map(start))
  const four = ['db-1', 'db-2', 'db-3', 'db-4']
  await eventually('together they know all four', async () => (await known()).join() === four.join(), 30_000)
  for (const name of ['b1', 'b2'])
    await eventually(
      `${name} tells of it`,
      () => /"hosts":2,"enrolled":4,"event":"grant-overfull"/.test(log(name)),
      20_000
    )
  const { stderr } = await gumshoe('agents')
  assert.match(stderr, /The grant [0-9a-f]{8} is for 2 hosts, and 4 have enrolled by it/)
  await start('db-5')
  await eventually('a fifth is refused', () => says('db-5', 'grant-used-up'), 20_000)

  for (const [up, down] of [
    ['b1', 'b2'],
    ['b2', 'b1']
  ] as const) {
    await fleet.fleet.kill(down)
    const asked = await fleet.ask(...HOSTNAME, '-t', 'role=db', '--wait', '20s')
    const done = asked.filter(({ type, state }) => type === 'host' && state === 'done')
    assert.deepEqual(done.map(({ host }) => (host as { name: string }).name).sort(), four, `${up} alone`)
    await fleet.startNode(down)
    await eventually(
      `${down} is back`,
      () => log(down).split('"event":"ready"').at(-1)!.includes('"role":"agent"'),
      30_000
    )
  }
  assert.ok(says('db-5', 'grant-used-up'))
  assert.doesNotMatch(log('db-5'), /"role":"node"[^\n]*"event":"up"/, 'the fifth got in')
})
