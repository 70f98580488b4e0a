import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { requireChain } from '../../console/admin/mesh-home.ts'
import { collect } from '../../console/answers/feed.ts'
import { historyOf } from '../chaos/gather.ts'
import { judge } from '../chaos/history.ts'
import { HOSTNAME, makeFleet, type TestFleet } from '../support/fleet.ts'
import { eventually } from '../support/members.ts'
import { visit } from '../support/visit.ts'

/** Every bootstrap node gone: the console reaches listening agents itself, and what they answered is delivered when the nodes are back. */
let fleet: TestFleet
after(() => fleet?.remove())

test('with every node gone the console asks the agents, and the nodes get the answers later', {
  timeout: 400_000
}, async () => {
  fleet = await makeFleet(4)
  await eventually('every agent is known', async () => (await fleet.ask('agents')).length === 4, 90_000)
  await fleet.fleet.kill('b1', 'SIGKILL')
  await fleet.fleet.kill('b2', 'SIGKILL')
  const lines = await fleet.ask(...HOSTNAME, '-t', 'all', '--wait', '80s')
  const done = lines.filter(({ type, state }) => type === 'host' && state === 'done')
  assert.equal(done.length, 4, `${done.length} of 4 answered directly`)
  const [action] = lines.filter(({ type }) => type === 'action')
  await fleet.startNode('b1')
  await fleet.startNode('b2')
  await eventually(
    'the answers are out',
    () =>
      fleet.hosts.every(({ name }) =>
        fleet.records(name).some(event => event['what'] === 'delivered' && event['action'] === action!['id'])
      ),
    120_000
  )
  const shown = await fleet.ask('show', String(action!['name']))
  assert.equal(shown.filter(({ type, state }) => type === 'host' && state === 'done').length, 4)
  const { addresses } = (await requireChain(fleet.julien, Date.now())).current.charter.nodes[0]!
  const kinds = ['gumshoe/keywrap/1']
  const wraps = await visit(fleet.julien, [addresses[0]!], clients =>
    collect(clients, { action: String(action!['id']), kinds })
  )
  assert.equal(wraps.length, 1, 'the keywrap that the nodes were owed')
  assert.deepEqual(judge(await historyOf(fleet, { open: [String(action!['id'])] })), [])
})
