import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { requireChain } from '../../console/admin/mesh-home.ts'
import { decodeSaved } from '../../console/admin/saved.ts'
import { putAnyway } from '../../console/tour/rogue.ts'
import { codeOf } from '../../src/errors.ts'
import { HOSTNAME, makeFleet, type TestFleet } from '../support/fleet.ts'
import { eventually } from '../support/members.ts'
import { visit } from '../support/visit.ts'

/**
 * A person's key and then the person is revoked while his consoles are connected; a host that was off meanwhile, and holds
 * version 1 of the charter, takes 2 to 5 in order before it looks at any question.
 */

/** What is promised for everybody who is connected (issue 3). */
const WITHIN_MS = 60_000

let fleet: TestFleet
after(() => fleet?.remove())

const at = (name: string): string => join(fleet.fleet.directory, name)
const log = (name: string): string => readFileSync(at(`${name}.log`), 'utf8')
const gumshoe = (home: string, ...args: string[]) => fleet.stage.quietly('gumshoe', [...args, '--home', home])
const admin = (...args: string[]) => gumshoe(fleet.anna, 'mesh', ...args, '--yes')
const QUESTION = [...HOSTNAME, '-t', 'all']

/** Where it listens, by the last start in its log. */
const addressOf = (name: string): string => [...log(name).matchAll(/"addresses":\["([^"]+)"/g)].at(-1)![1]!

/** Asks as this person; the states of the hosts, or the code of the refusal. */
const ask = async (home: string): Promise<string> => {
  const { stdout, stderr } = await fleet.fleet.run('gumshoe', [
    ...QUESTION,
    '--wait',
    '3s',
    '--json',
    '--home',
    home
  ])
  const code = /error\[([a-z-]+)\]/.exec(stderr)?.[1]
  if (code !== undefined) return code
  const hosts = stdout
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
    .filter(({ type }) => type === 'host')
  return hosts
    .map(({ host, state }) => `${host.name} ${state}`)
    .sort()
    .join(', ')
}

/** A console of this person is connected everywhere while an admin does this; resolves when everybody has ended its connection. */
const putOut = async (
  home: string,
  addresses: readonly string[],
  act: () => Promise<unknown>
): Promise<number> =>
  visit(home, addresses, async (clients, mesh) => {
    assert.equal(clients.length, addresses.length)
    await act()
    const began = performance.now()
    await eventually(
      'nodes and agents have put the console out',
      () => mesh.members().length === 0,
      WITHIN_MS
    )
    return Math.round(performance.now() - began)
  })

test('a revoked key and a revoked person may nothing any more, over restarts and at hosts that were off', {
  timeout: 300_000
}, async t => {
  fleet = await makeFleet(2)
  const { anna, julien } = fleet
  const [stays, late] = fleet.hosts as [(typeof fleet.hosts)[0], (typeof fleet.hosts)[0]]
  await eventually('both are known', async () => (await fleet.ask('agents')).length === 2, 30_000)
  await fleet.fleet.kill(late.name)
  // The keys of a person stand in the order of their fingerprints: only now is the first one surely this.
  const { persons } = (await requireChain(anna, Date.now())).current.charter
  const [firstKey] = persons.find(({ name }) => name === 'julien')!.keys
  const second = at('julien-two')
  await gumshoe(second, 'key', 'make', 'julien', '--no-passphrase')
  await gumshoe(second, 'key', 'export', '-o', at('julien-two.pub'))
  await admin('add', 'investigator', `julien=${at('julien-two.pub')}`)
  await gumshoe(anna, 'mesh', 'show', '-o', at('v2.charter'))
  await gumshoe(second, 'mesh', 'join', at('v2.charter'))

  // One question is open, one is signed and in a drawer, when the first key falls.
  await gumshoe(julien, ...QUESTION, '--save', at('drawer.saved'))
  const drawer = decodeSaved(new Uint8Array(readFileSync(at('drawer.saved')))).envelope
  const open = (await fleet.ask(...QUESTION, '--detach')).find(({ type }) => type === 'action')!['id']
  const has = (name: string) =>
    fleet.records(name).some(({ what, action }) => what === 'run' && action === open)
  await eventually('the host that is there runs it', () => has(stays.name), 20_000)
  assert.match(await ask(second), /web-01 done/)

  const { nodes } = (await requireChain(anna, Date.now())).current.charter
  const doors = () => [...nodes.map(({ addresses }) => addresses[0]!), addressOf(stays.name)]
  const key = await putOut(julien, doors(), () => admin('revoke', 'key', firstKey!.fingerprint))
  assert.equal(await ask(julien), 'revoked')
  assert.match(await ask(second), /web-01 done/, 'his other key still counts')
  const person = await putOut(second, doors(), () => admin('revoke', 'person', 'julien'))
  t.diagnostic(
    `put out of everywhere ${key} ms after the command for a key, ${person} ms after the one for a person`
  )
  assert.equal(await ask(second), 'revoked')
  await admin('policy', '--rate', '50')

  for (const name of ['b1', 'b2', stays.name]) await fleet.fleet.kill(name, 'SIGKILL')
  const before = addressOf(stays.name)
  await Promise.all([fleet.startNode('b1'), fleet.startNode('b2'), fleet.startHost(stays)])
  await eventually('the log says where the host listens now', () => addressOf(stays.name) !== before)
  for (const home of [julien, second])
    for (const door of doors())
      assert.equal(await visit(home, [door], async () => 'joined').catch(codeOf), 'revoked')
  const said = await putAnyway(anna, drawer, [addressOf(stays.name)])
  assert.deepEqual([...said.nodes, ...said.agents], ['revoked', 'revoked', 'revoked'])

  await fleet.startHost(late)
  await eventually(
    'the host that was off answers',
    async () => (await ask(anna)) === 'web-01 done, web-02 done',
    40_000
  )
  const taken = [...log(late.name).matchAll(/"version":(\d+),"event":"charter-taken"/g)].map(
    ([, version]) => version
  )
  assert.deepEqual(taken, ['2', '3', '4', '5'])
  assert.equal(has(late.name), false, 'it ran the open question of a key that is revoked')
})
