import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aboutAgent as tell } from '../../../agent/about.ts'
import { codeOf } from '../../../src/errors.ts'
import { agentinfo } from '../../../src/modules/agentinfo.ts'
import type { AboutAgent } from '../../../src/modules/lib/agentinfo/about-agent.ts'
import type { Row } from '../../../src/modules/spec.ts'
import { run } from '../../../src/run/run.ts'
import { ownHost } from '../../../src/trust/permit.ts'
import { aboutAgent } from '../../support/about-agent.ts'
import { AGENT_LAUNCHER } from '../../support/launchers.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')
const limits = { ...agentinfo.limits.defaults, wallMs: 20_000 }

const ask = async (flags: Record<string, unknown>, agent?: AboutAgent): Promise<Row[]> => {
  const rows: Row[] = []
  const params = agentinfo.fromFlags(flags, NOW)
  const signal = new AbortController().signal
  for await (const row of agentinfo.run(params, { root: '/', signal, asOf: NOW, limits, agent }))
    rows.push(row)
  return rows
}

test('an agent is told by its version, fence, rights, charter and start', async () => {
  const agent = aboutAgent({ facts: { version: '0.9.1', fence: 'reduced', privileged: false }, charter: 7 })
  const yes: Record<string, unknown>[] = [
    {},
    { older: '0.10' },
    { fence: ['reduced', 'none'] },
    { unprivileged: true },
    { charter: '<7' },
    { charter: '7' },
    { started: '<1d' },
    { older: '1', started: '>1h', charter: '>2' }
  ]
  for (const flags of yes) assert.equal((await ask(flags, agent)).length, 1, JSON.stringify(flags))
  const no: Record<string, unknown>[] = [
    { older: '0.9.1' },
    { fence: ['full'] },
    { charter: '<6' },
    { started: '<1h' },
    { started: '>2026-11-24T10:00:00Z' },
    { older: '1', fence: ['none'] }
  ]
  for (const flags of no) assert.equal((await ask(flags, agent)).length, 0, JSON.stringify(flags))
  const [row] = await ask({}, agent)
  assert.deepEqual(
    [row!['version'], row!['fence'], row!['privileged'], row!['clear'], row!['charter'], row!['modules']],
    ['0.9.1', 'reduced', false, true, 7, 0]
  )
})

test('modules are told with their state and their limits', async () => {
  const agent = tell(
    aboutAgent().facts,
    { modulesOff: ['file/1'], disclosuresOff: [], limits: { rows: 5 } },
    {
      version: 2,
      policy: {
        modules: [
          { module: 'file/1', risk: 'inspect', quorum: {}, ceilingPpm: 1, limits: {} },
          { module: 'process/1', risk: 'sensitive', quorum: {}, ceilingPpm: 1, limits: { wallMs: 1_000 } }
        ],
        windowMaxS: 60,
        respondWindowMaxS: 60,
        personActionsPer10Min: 1,
        retentionDays: 1
      }
    },
    NOW
  )
  const all = await ask({ kind: 'module' }, agent)
  assert.ok(all.length >= 4)
  const [off] = await ask({ state: ['off'] }, agent)
  assert.equal(off!['which'], 'file/1')
  const [on, ...more] = await ask({ state: ['on'] }, agent)
  assert.deepEqual(
    [more.length, on!['which'], on!['risk'], on!['wall'], on!['rows']],
    [0, 'process/1', 'sensitive', 1_000, 5]
  )
  const [unlisted] = await ask({ module: ['account/1'] }, agent)
  assert.equal(unlisted!['state'], 'unlisted')
})

test('what it is not asked about, and what is no version, is refused', () => {
  for (const flags of [
    { kind: 'module', older: '1' },
    { kind: 'agent', state: ['on'] },
    { kind: 'other' },
    { older: '1 2' },
    { fence: ['wide'] },
    { module: ['file'] },
    { charter: 'x' },
    { started: 'soon' }
  ])
    assert.throws(() => agentinfo.fromFlags(flags, NOW), { code: 'bad-params' }, JSON.stringify(flags))
})

test('a program that is no agent says that it is none, and what an agent hands over comes through the fence', async () => {
  await assert.rejects(ask({}), error => codeOf(error) === 'unsupported')
  const asked = { id: 'o1', spec: agentinfo, params: { kind: 'agent' } }
  const options = { root: '/', asOf: NOW, limits, entry: AGENT_LAUNCHER }
  const without = await run(ownHost(), asked, options)
  assert.deepEqual([without.state, without.code], ['error', 'unsupported'])
  const result = await run(ownHost(), asked, { ...options, agent: () => aboutAgent({ charter: 12 }) })
  assert.deepEqual(
    [result.state, result.verdict, result.rows.map(({ charter }) => charter)],
    ['done', 'yes', [12]]
  )
})
