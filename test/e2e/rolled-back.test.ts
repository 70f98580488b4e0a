import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeFleet, type TestFleet } from '../support/fleet.ts'
import { eventually } from '../support/members.ts'

/** A host restored from a snapshot: what it answered in the meantime does not run again, it says so, and answers what is new (design 5). */
let fleet: TestFleet
after(() => fleet?.remove())

test('a restored snapshot runs nothing twice and goes on', { timeout: 300_000 }, async () => {
  fleet = await makeFleet(1)
  const host = fleet.hosts[0]!
  const home = fleet.homeOf(host)
  const ask = (name: string) =>
    fleet.ask('file', '--path', '/etc', '--name', name, '-t', 'all', '--yes', '--wait', '20s')
  await eventually('the host is known', async () => (await fleet.ask('agents')).length === 1, 30_000)
  await ask('^hostname$')
  await fleet.fleet.kill(host.name)
  execFileSync('cp', ['-a', home, `${home}.snapshot`])
  await fleet.startHost(host)
  const second = await ask('^passwd$')
  const id = second.find(({ type }) => type === 'action')!['id']
  await eventually(
    'its answer is out',
    () => fleet.records(host.name).some(event => event['what'] === 'delivered' && event['action'] === id),
    30_000
  )
  await fleet.fleet.kill(host.name)
  rmSync(home, { recursive: true })
  execFileSync('cp', ['-a', `${home}.snapshot`, home])
  await fleet.startHost(host)
  await eventually(
    'it says that it was rolled back',
    () => readFileSync(join(fleet.fleet.directory, `${host.name}.log`), 'utf8').includes('rolled-back'),
    30_000
  )
  const third = await ask('^group$')
  assert.equal(third.find(({ type }) => type === 'host')!['state'], 'done')
  assert.equal(
    fleet.records(host.name).filter(event => event['what'] === 'run' && event['action'] === id).length,
    0,
    'it ran the second question again'
  )
})
