import assert from 'node:assert/strict'
import { before, type TestContext, test } from 'node:test'
import { Continuing } from '../../agent/continuing.ts'
import { keepNamed } from '../../agent/still-named.ts'
import { finishUnfinished } from '../../agent/unfinished.ts'
import type { Action } from '../../src/documents/action.ts'
import { decodeEnvelope } from '../../src/documents/envelope.ts'
import { readAction } from '../../src/documents/read.ts'
import { AttachmentShelf } from '../../src/store/attachments.ts'
import { gate, gateAgain } from '../../src/trust/gate.ts'
import { testAttachments } from '../support/agent-attachments.ts'
import { TestMemory, testReplies } from '../support/agent-parts.ts'
import { naming, testAttachment } from '../support/attachments.ts'
import { TestHost, testModule } from '../support/host.ts'
import { eventually } from '../support/members.ts'
import { HOUR, makeTestMesh, NOW, type TestMesh } from '../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

const { whole, named } = testAttachment()
const modules = new Map([['file/1', { ...testModule, check: () => undefined }]])

/** One host over its lives: what it remembers, a node that may have the attachment, and what came to its runner. */
const hostOf = async (t: TestContext) => {
  const host = await TestMemory.open(t)
  const gatekeeper = new TestHost(mesh, { modules })
  const node = new Map<string, Uint8Array>()
  const time = { now: NOW }
  const ran: string[] = []
  const context = () =>
    gatekeeper.context({
      now: time.now,
      decided: id => host.memory.decided(id),
      cancelled: id => host.memory.isCancelled(id),
      record: (action, decision) => host.memory.record(action, decision)
    })
  const live = async () => {
    const shelf = await AttachmentShelf.open(host.database)
    await keepNamed(shelf, host.memory)
    const stop = new AbortController()
    t.after(() => stop.abort())
    const parts = { shelf, memory: host.memory, signal: stop.signal }
    const attachments = testAttachments(parts, node, () => time.now)
    const runner = {
      take: ({ id }: { id: string }) => void ran.push(id),
      goOn: () => undefined,
      isActive: (id: string) => ran.includes(id),
      standing: { actions: [], end: () => undefined }
    }
    const again = (envelope: Uint8Array) => gateAgain(envelope, context())
    const continuing = new Continuing({ again }, runner as never, host.memory, attachments)
    const { replies, events } = testReplies(t, mesh, host)
    const finish = () =>
      finishUnfinished(host.memory.decidedIds(), {
        ...{ memory: host.memory, replies, log: () => undefined },
        isActive: id => continuing.isActive(id),
        goOn: envelope => continuing.goOn(envelope)
      })
    const said = () =>
      events().flatMap(event =>
        event.what === 'answered' ? [`${event.op} ${event.state} ${event.code}`] : []
      )
    return {
      shelf,
      attachments,
      runner,
      continuing,
      finish,
      said,
      kill: () => stop.abort(new Error('killed'))
    }
  }
  const accept = async () => {
    const { raw, id } = await mesh.signAction(naming(named), 'julien')
    const verdict = await gate(raw, context())
    assert.ok(verdict.kind === 'accept', JSON.stringify(verdict))
    return { id, raw, accepted: verdict.value }
  }
  return { host, node, time, ran, live, accept }
}

test('an agent that is killed while it waits for an attachment takes the action up again, and runs it once', async t => {
  const { host, node, ran, live, accept } = await hostOf(t)
  const first = await live()
  const { id, accepted } = await accept()
  const waiting = first.attachments.before(accepted, first.runner)
  first.kill()
  await assert.rejects(waiting, { message: 'killed' })
  await host.restart()
  const second = await live()
  await second.finish()
  await second.finish()
  assert.deepEqual([ran, second.said(), host.memory.waits(id)], [[], [], true])
  node.set(named.attachment, whole)
  await eventually('it came to the runner', () => ran.length > 0)
  assert.equal(host.memory.waits(id), false)
  await second.finish()
  assert.deepEqual([ran, second.said()], [[id], []])
  second.kill()
  await host.restart()
  ran.length = 0
  // Now it may have run: nobody knows how far.
  const third = await live()
  await third.finish()
  assert.deepEqual([ran, third.said()], [[], ['o1 interrupted interrupted']])
})

test('what waited beyond its window, a cancel or another life of the host is not begun', async t => {
  const { host, node, time, ran, live, accept } = await hostOf(t)
  node.set(named.attachment, whole)
  const late = await accept()
  const elsewhere = await accept()
  await host.memory.recordElsewhere(elsewhere.id)
  await host.restart()
  time.now += HOUR + 10 * 60_000
  const second = await live()
  await second.finish()
  assert.deepEqual(second.said(), ['o1 error attachment-missing'])
  time.now = NOW
  const cancelled = await accept()
  await host.memory.cancel({ action: cancelled.id } as never, NOW)
  await host.restart()
  const third = await live()
  await third.finish()
  assert.deepEqual([third.said(), ran], [['o1 cancelled cancelled'], []])
  assert.ok(host.memory.isEnded(late.id, 'o1'))
})

test('what stands or has not begun keeps its attachments over a restart, proved; the rest of them goes', async t => {
  const { host } = await hostOf(t)
  const other = testAttachment(1_000)
  const record = async (module: string, attachment: typeof named) => {
    const change: Partial<Action> = { operations: [{ id: 'o1', module, params: { lists: [attachment] } }] }
    const { raw, id } = await mesh.signAction(change, 'julien')
    const action = readAction(decodeEnvelope(raw).bytes)
    await host.memory.record({ id, envelope: raw, action, signers: [] }, 'run')
    await host.memory.begin(id)
    return id
  }
  await record('fswatch/1', named)
  await record('file/1', other.named)
  const shelf = await AttachmentShelf.open(host.database)
  await shelf.keep(named, whole)
  await shelf.keep(other.named, other.whole)
  await host.restart()
  const again = await AttachmentShelf.open(host.database)
  await keepNamed(again, host.memory)
  assert.deepEqual(again.ids(), [named.attachment])
  const [entry] = await host.database.keys('attached')
  await host.database.write([{ shelf: 'attached', key: entry!, value: new Uint8Array(10) }], { sync: true })
  const damaged = await AttachmentShelf.open(host.database)
  await keepNamed(damaged, host.memory)
  assert.deepEqual(damaged.ids(), [])
})
