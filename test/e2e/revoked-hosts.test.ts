import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { requireChain } from '../../console/admin/mesh-home.ts'
import { layOut } from '../../console/tour/hosts.ts'
import { type Disobedient, disobedient } from '../support/disobedient.ts'
import { HOSTNAME, makeFleet, type TestFleet } from '../support/fleet.ts'
import { eventually } from '../support/members.ts'

/** A host whose grant or whose own id is revoked: those who obey leave, those who don't are put out, by nodes and by agents. */

/** What is promised for everybody who is connected (issue 3). */
const WITHIN_MS = 60_000

let fleet: TestFleet
let intruder: Disobedient | undefined
after(async () => {
  await intruder?.stop()
  await fleet?.remove()
})

const at = (name: string): string => join(fleet.fleet.directory, name)
const log = (name: string): string => readFileSync(at(`${name}.log`), 'utf8')
const isUp = (name: string): boolean => fleet.fleet.running().includes(name)
const rootOf = (name: string): string => at(`hosts/${name}`)
const gumshoe = (...args: string[]) =>
  fleet.stage.quietly('gumshoe', [...args, '--yes', '--home', fleet.anna])

/** Starts a host by the file db.enrol. */
const start = (name: string) =>
  fleet.fleet.start(
    name,
    'gumshoe-agent',
    [
      'run',
      '--home',
      at(name),
      '--enrol',
      at('db.enrol'),
      '--root',
      rootOf(name),
      '--listen',
      '/ip4/127.0.0.1/tcp/0'
    ],
    /"event":"ready"/
  )

/** Where it listens, by the last start in its log. */
const addressOf = (name: string): string => [...log(name).matchAll(/"addresses":\["([^"]+)"/g)].at(-1)![1]!

/** By name, every host that the mesh knows. */
const agents = async (): Promise<Map<string, { id: string; grant: string }>> =>
  new Map(
    (await fleet.ask('agents')).map(line => {
      const { id, name } = line['host'] as { id: string; name: string }
      return [name, { id, grant: String(line['grant']) }]
    })
  )

test('a revoked grant and a revoked agent are out within a minute, and stay out over restarts', {
  timeout: 300_000
}, async t => {
  fleet = await makeFleet(2)
  const [stays, leaves] = fleet.hosts.map(({ name }) => name) as [string, string]
  const [obeys, taken] = ['db-11', 'db-12']
  for (const name of [obeys, taken]) layOut({ name, role: 'db', env: 'prod', root: rootOf(name) })
  await gumshoe('enrol', '--tag', 'role=db', '--max', '5', '-o', at('db.enrol'))
  await Promise.all([obeys, taken].map(start))
  await eventually('all are known', async () => (await agents()).size === 4, 30_000)
  await fleet.fleet.kill(taken)
  intruder = await disobedient(at(taken), rootOf(taken))
  const { nodes } = (await requireChain(fleet.anna, Date.now())).current.charter
  const doors = () => [...nodes.map(({ addresses }) => addresses[0]!), addressOf(stays)]
  for (const door of doors()) assert.equal(await intruder.join(door), 'joined')

  const { grant } = [...(await agents()).values()].find(({ id }) => id === intruder!.peer)!
  await gumshoe('mesh', 'revoke', 'grant', grant)
  const began = performance.now()
  await eventually(
    'both nodes and a listening agent have put the intruder out',
    () => intruder!.connected().length === 0,
    WITHIN_MS
  )
  await eventually('the host that obeys has left', () => !isUp(obeys), WITHIN_MS)
  t.diagnostic(`grant: everybody out after ${Math.round(performance.now() - began)} ms`)
  assert.match(log(obeys), /"event":"revoked"/)
  for (const door of doors()) assert.equal(await intruder.join(door), 'revoked')

  const asked = await fleet.ask(...HOSTNAME, '-t', 'all', '--wait', '20s')
  const answered = asked.filter(({ type }) => type === 'host')
  assert.deepEqual(
    answered.map(({ state }) => state),
    ['done', 'done'],
    'only hosts in force are asked'
  )

  await gumshoe('mesh', 'revoke', 'agent', (await agents()).get(leaves)!.id)
  await eventually('the revoked agent has left', () => !isUp(leaves), WITHIN_MS)

  for (const name of ['b1', 'b2', stays]) await fleet.fleet.kill(name, 'SIGKILL')
  const before = addressOf(stays)
  await Promise.all([fleet.startNode('b1'), fleet.startNode('b2'), fleet.startHost(fleet.hosts[0]!)])
  await eventually('the log says where the host listens now', () => addressOf(stays) !== before)
  for (const door of doors()) assert.equal(await intruder.join(door), 'revoked', 'a restart forgets it')
  assert.deepEqual([...(await agents()).keys()], [stays])
  for (const [name, home] of [
    [leaves, fleet.homeOf(fleet.hosts[1]!)],
    [obeys, at(obeys)]
  ] as const) {
    const again = await fleet.fleet.run('gumshoe-agent', ['run', '--home', home, '--root', rootOf(name)])
    assert.equal(again.status, 4, again.screen)
    assert.match(again.stderr, /error\[revoked\]/)
  }
  // It was off when the charter came, and nobody who has it lets it in.
  await intruder.stop()
  await start(taken)
  await eventually(
    'a host that was off learns why nobody lets it in',
    () => /"code":"revoked","event":"refused"/.test(log(taken)),
    WITHIN_MS
  )
  await fleet.fleet.kill(taken)
})
