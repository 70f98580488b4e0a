import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cancelAction } from '../../../console/ask/cancel.ts'
import type { Connected } from '../../../console/connect.ts'
import type { HistoryRecord } from '../../../console/history.ts'
import { LINES } from '../../../console/views/lines.ts'
import type { SyncClient } from '../../../src/mesh/sync/ports.ts'
import { verifyCancel } from '../../../src/trust/verify-person.ts'
import { idOf } from '../../support/answers.ts'
import { makeTestMesh, NOW, signedByMachine, testClock } from '../../support/mesh.ts'
import { makeScreen } from '../../support/screen.ts'

/** Julien's console with one node, that keeps what it is given. */
const desk = async () => {
  const mesh = await makeTestMesh()
  const identity = mesh.nodes[0]!
  const kept: Uint8Array[] = []
  const node = {
    peer: identity.peer,
    caller: { role: 'node', peer: identity.peer, name: 'n' },
    put: async ({ envelope }: { envelope: Uint8Array }) => {
      kept.push(envelope)
      const id = idOf(envelope)
      const receipt = {
        kind: 'gumshoe/receipt/1',
        mesh: mesh.mesh,
        id,
        node: identity.peer,
        time: NOW
      } as const
      return { receipt: signedByMachine(receipt, identity) }
    }
  } as unknown as SyncClient
  const connected = {
    nodes: async () => [node],
    chain: mesh.chain,
    signer: { open: async () => mesh.who('julien').holder },
    context: { clock: testClock }
  } as unknown as Connected
  const { raw, id } = await mesh.signAction({}, 'julien')
  const record: HistoryRecord = { short: 'a1', id, at: NOW, envelope: raw, targeted: [], names: {} }
  return { mesh, connected, record, kept }
}

test('a cancel is signed and with the node; a person reads one sentence', async () => {
  const { mesh, connected, record, kept } = await desk()
  const screen = makeScreen()
  await cancelAction(connected, record, screen.output)
  assert.equal(kept.length, 1)
  assert.equal((await verifyCancel(kept[0]!, mesh.chain, NOW)).document.action, record.id)
  assert.match(screen.err(), /^a1 is cancelled; 1 node tells it on\. /)
  assert.equal(screen.out(), '')
})

test('a script reads the line of the action, cancelled', async () => {
  const { connected, record } = await desk()
  const screen = makeScreen({ json: true })
  await cancelAction(connected, record, screen.output)
  const [line, ...more] = screen.records()
  assert.deepEqual(more, [])
  const { id, name, state, by } = LINES.action.parse(line)
  assert.deepEqual([id, name, state, by], [record.id, 'a1', 'cancelled', ['julien']])
})
