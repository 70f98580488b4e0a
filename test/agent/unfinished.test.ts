import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { bodyWithout, finishUnfinished } from '../../agent/unfinished.ts'
import { decodeEnvelope } from '../../src/documents/envelope.ts'
import { read } from '../../src/documents/read.ts'
import type { Decision } from '../../src/trust/gate-context.ts'
import { TestMemory, testReplies } from '../support/agent-parts.ts'
import { makeTestMesh, type TestMesh } from '../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

const decide = async ({ memory }: TestMemory, decision: Decision, operations = ['o1', 'o2']) => {
  const list = operations.map(id => ({ id, module: 'file/1', params: {} }))
  const { raw, id } = await mesh.signAction({ operations: list }, 'julien')
  const action = read(decodeEnvelope(raw).bytes, 'gumshoe/action/1')
  await memory.record({ id, envelope: raw, action, signers: [] }, decision)
  return { id, action }
}

test('what a crash left is answered once: interrupted, refused or cancelled, and only what is missing', async t => {
  const host = await TestMemory.open(t)
  const before = testReplies(t, mesh, host)
  const half = await decide(host, 'run')
  await before.replies.send({ ...half, op: 'o1', body: { state: 'done', verdict: 'yes', rows: [] } })
  const refused = await decide(host, 'disclosure-off')
  const cancelled = await decide(host, 'cancelled')
  const active = await decide(host, 'run')
  const elsewhere = await decide(host, 'run')
  await host.memory.recordElsewhere(elsewhere.id)
  await host.restart()
  const { replies, events } = testReplies(t, mesh, host)
  const components = {
    memory: host.memory,
    replies,
    isActive: (id: string) => id === active.id,
    goOn: async () => 'later' as const,
    log: () => undefined
  }
  await finishUnfinished(host.memory.decidedIds(), components)
  await finishUnfinished(host.memory.decidedIds(), components)
  const said = events().flatMap(event =>
    event.what === 'answered' ? [`${event.action} ${event.op} ${event.state} ${event.code}`] : []
  )
  assert.deepEqual(
    said.sort(),
    [
      `${half.id} o2 interrupted interrupted`,
      `${refused.id} o1 refused disclosure-off`,
      `${refused.id} o2 refused disclosure-off`,
      `${cancelled.id} o1 cancelled cancelled`,
      `${cancelled.id} o2 cancelled cancelled`
    ].sort()
  )
  assert.ok(host.memory.found(half.id))
})

test('chaos kill: one that can’t be answered now keeps no other from its answer, and comes at the next round', async t => {
  const host = await TestMemory.open(t)
  const { replies, events } = testReplies(t, mesh, host)
  const first = await decide(host, 'run', ['o1'])
  const second = await decide(host, 'run', ['o1'])
  let fails = true
  const logged: string[] = []
  const components = {
    memory: host.memory,
    replies: {
      send: async (reply: Parameters<typeof replies.send>[0]) => {
        if (fails && reply.id === first.id) throw new Error('not now')
        await replies.send(reply)
      }
    },
    isActive: () => false,
    goOn: async () => 'later' as const,
    log: (_: string, event: string) => void logged.push(event)
  }
  const answered = () => events().flatMap(event => (event.what === 'answered' ? [event.action] : []))
  await finishUnfinished([first.id, second.id], components)
  assert.deepEqual(answered(), [second.id])
  assert.ok(logged.includes('not-answered'))
  fails = false
  await finishUnfinished([first.id, second.id], components)
  assert.deepEqual(answered(), [second.id, first.id])
})

test('every decision has its end state', () => {
  assert.equal(bodyWithout('run').state, 'interrupted')
  assert.equal(bodyWithout('cancelled').state, 'cancelled')
  assert.deepEqual([bodyWithout('rate').state, bodyWithout('rate').code], ['refused', 'rate'])
})
