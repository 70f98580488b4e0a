import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Judge } from '../../agent/judge.ts'
import { Ledger } from '../../agent/ledger.ts'
import { agentPort } from '../../agent/port.ts'
import { Records } from '../../agent/records.ts'
import type { Caller } from '../../src/mesh/sync/ports.ts'
import { file } from '../../src/modules/file.ts'
import type { HostSettings } from '../../src/trust/gate-context.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { TestMemory, temporary } from '../support/agent-parts.ts'
import { NO_SETTINGS } from '../support/host.ts'
import { makeTestMesh, NOW, testClock } from '../support/mesh.ts'

/**
 * A member, or a person who may only read, brings true questions of others to hosts, and watches how each takes them: to
 * learn tags and facts (whom the target names), what its owner has switched off, how much a person has asked there.
 * Expected: all hosts take and forward alike what any node would, and say alike what none would; the rest is in sealed
 * answers. How long a host takes is not hidden (SECURITY.md).
 */

const mesh = await makeTestMesh()
const reader: Caller = { role: 'console', peer: makeIdentity().peer, person: 'rita', until: NOW + 1 }

interface Differs {
  readonly tags?: string[]
  readonly settings?: Partial<HostSettings>
}

/** Hosts that differ in what nobody but the readers of their answers shall learn. */
const HOSTS: Record<string, Differs> = {
  'named, and runs it': {},
  'not named': { tags: ['role=db'] },
  'module off': { settings: { modulesOff: ['file/1'] } },
  'level off': { settings: { disclosuresOff: ['hashed'] } },
  'asks for a fence': { settings: { fenceAtLeast: { inspect: 'full' } } }
}

const hostOf = async (t: TestContext, { tags = ['role=web'], settings = {} }: Differs) => {
  const { memory, database } = await TestMemory.open(t)
  const records = new Records(join(temporary(t), 'records.jsonl'), testClock)
  const identity = makeIdentity()
  const answered: string[] = []
  const judge = new Judge({
    clock: testClock,
    chain: mesh.chain,
    memory,
    records,
    ledger: new Ledger(database, records, testClock),
    settings: { ...NO_SETTINGS, ...settings },
    self: () => ({ peer: identity.peer, tags }),
    accepted: () => answered.push('run'),
    refused: (_, code) => answered.push(code),
    cancelled: () => undefined,
    charterTaken: async () => undefined,
    fetchCharters: () => undefined
  })
  const attachments = { put: async () => 0 }
  const port = agentPort(testClock, mesh.chain, identity, judge, attachments, Promise.resolve())
  return { judge, port, answered }
}

const asked = async (change: Parameters<typeof mesh.signAction>[0], ...names: string[]) => {
  const params = file.fromFlags({ path: ['/etc'], name: ['a'] }, NOW) as Record<string, unknown>
  const operations = [{ id: 'o1', module: 'file/1', params }]
  return (await mesh.signAction({ operations, target: 'role=web', ...change }, ...names)).raw
}

test('whoever a question names, and whatever is off there: every host forwards it, and gives a receipt', async t => {
  const decided = new Set<string>()
  for (const [what, differs] of Object.entries(HOSTS)) {
    const raw = await asked({}, 'julien')
    const { judge, answered } = await hostOf(t, differs)
    assert.equal((await judge.take(raw)).gossip, 'accept', what)
    const other = await hostOf(t, differs)
    for (const time of ['first', 'again']) {
      const reply = await other.port.put(reader, { envelope: raw })
      assert.deepEqual(Object.keys(reply), ['receipt'], `${what}, ${time}`)
    }
    assert.deepEqual(other.answered, answered)
    decided.add(answered.join())
  }
  assert.equal(decided.size, Object.keys(HOSTS).length, 'they did decide differently')
})

test('what no node would take is refused with one code by all, whoever it names', async t => {
  const bad = [await asked({}), await asked({}, 'rita'), await asked({ disclosure: 'clear' }, 'joe')]
  const codes = new Set<string>()
  for (const differs of Object.values(HOSTS)) {
    const { port, judge, answered } = await hostOf(t, differs)
    const said: string[] = []
    for (const raw of bad) {
      const reply = await port.put(reader, { envelope: raw })
      said.push(`${'refused' in reply && reply.refused} ${(await judge.take(raw)).gossip}`)
    }
    assert.deepEqual(answered, [])
    codes.add(said.join(', '))
  }
  assert.deepEqual([...codes], ['unsigned ignore, quorum ignore, quorum ignore'])
})
