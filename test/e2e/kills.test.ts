import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { requireChain } from '../../console/admin/mesh-home.ts'
import { collect } from '../../console/answers/feed.ts'
import { checkHistory, makeFleet, type TestFleet } from '../support/fleet.ts'
import { eventually } from '../support/members.ts'
import { visit } from '../support/visit.ts'

/** 30 × kill -9 at random moments over agents, bootstrap nodes and console: at most one run per action and host, no acknowledged answer lost. */
const KILLS = 30
const AGENTS = 3

let fleet: TestFleet
after(() => fleet?.remove())

/** A repeatable choice: the seed is printed, so that a failure can be played again. */
const seed = Number(process.env['GUMSHOE_SEED'] ?? Math.floor(Math.random() * 1e9))
let state = seed
const random = (): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 2 ** 32
}
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!

test('nothing is lost and nothing runs twice, whoever is killed', { timeout: 400_000 }, async t => {
  t.diagnostic(`GUMSHOE_SEED=${seed}`)
  fleet = await makeFleet(AGENTS)
  const names = fleet.hosts.map(({ name }) => name)
  await eventually('every agent is known', async () => (await fleet.ask('agents')).length === AGENTS, 30_000)
  const nodes = ['b1', 'b2'] as const
  for (let round = 0; round < KILLS; round++) {
    const victim = pick(['agent', 'agent', 'node', 'console'])
    const question = [
      'file',
      '--path',
      '/',
      '--content',
      `service started ${round}|x`,
      '-t',
      'all',
      '--yes',
      '--detach',
      '--home',
      fleet.julien
    ]
    const asking = fleet.fleet.run(
      'gumshoe',
      question,
      victim === 'console' ? { timeoutMs: 200 + random() * 900 } : {}
    )
    if (victim === 'console') {
      await asking
      continue
    }
    const name = victim === 'agent' ? pick(names) : pick(nodes)
    await new Promise(done => setTimeout(done, 300 + random() * 1_500))
    await fleet.fleet.kill(name, 'SIGKILL')
    await asking
    if (victim === 'agent') await fleet.startHost(fleet.hosts.find(host => host.name === name)!)
    else await fleet.startNode(name as 'b1')
  }
  const actions = (await fleet.ask('actions', '--all'))
    .filter(({ type }) => type === 'action')
    .map(({ id }) => String(id))
  assert.ok(actions.length >= KILLS / 2, `only ${actions.length} questions were published`)
  await eventually(
    'every host has an end state for every action',
    () =>
      names.every(name =>
        actions.every(id =>
          fleet.records(name).some(event => event['what'] === 'answered' && event['action'] === id)
        )
      ),
    60_000
  )
  await eventually(
    'every answer is out',
    () =>
      names.every(name =>
        fleet
          .records(name)
          .filter(({ what }) => what === 'answered')
          .every(({ id }) =>
            fleet.records(name).some(event => event['what'] === 'delivered' && event['id'] === id)
          )
      ),
    60_000
  )
  assert.deepEqual(checkHistory(fleet), [])
  const delivered = names.flatMap(name =>
    fleet
      .records(name)
      .filter(({ what }) => what === 'delivered')
      .map(({ id }) => String(id))
  )
  const { nodes: entries } = (await requireChain(fleet.julien, Date.now())).current.charter
  for (const entry of entries) {
    const kept = await visit(
      fleet.julien,
      [entry.addresses[0]!],
      async clients => new Set((await collect(clients, { kinds: ['gumshoe/answer/1'] })).map(({ id }) => id))
    )
    assert.deepEqual(
      delivered.filter(id => !kept.has(id)),
      [],
      `${entry.name} lost acknowledged answers`
    )
  }
  t.diagnostic(`${actions.length} actions, ${delivered.length} answers on both nodes`)
})
