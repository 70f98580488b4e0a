import { randomBytes } from 'node:crypto'
import { count } from '../../src/cli/count.ts'
import type { Output } from '../../src/cli/out.ts'
import { formatTime } from '../../src/clock.ts'
import { toBase64 } from '../../src/codec.ts'
import { encodeEnvelope } from '../../src/documents/envelope.ts'
import { write } from '../../src/documents/write.ts'
import { actionOf } from '../answers/case-file.ts'
import { signersNamed } from '../answers/standing.ts'
import type { Connected } from '../connect.ts'
import type { HistoryRecord } from '../history.ts'
import { recordAction } from '../views/result-json.ts'
import { publish } from './publish.ts'

/** Signs the end of an action and gives it to every node, or to the agents that were reached where no node is left. Throws as `publish`. */
export const cancelAction = async (
  connected: Connected,
  record: HistoryRecord,
  output: Output
): Promise<void> => {
  const { context, chain, signer } = connected
  const now = context.clock.now()
  const bytes = write({
    kind: 'gumshoe/cancel/1',
    mesh: chain.mesh,
    action: record.id,
    issued: formatTime(now),
    nonce: toBase64(new Uint8Array(randomBytes(16)))
  })
  const envelope = encodeEnvelope({ bytes, signatures: [await (await signer.open()).sign(bytes)] })
  const { nodes, agents } = await publish(connected, record.id, envelope, [])
  const told =
    nodes > 0 ? count(nodes, 'node tells it on', 'nodes tell it on') : `${count(agents, 'agent')} heard it`
  output.status(`${record.short} is cancelled; ${told}. What runs is stopped and answered "cancelled".`)
  if (!output.json) return
  const action = actionOf(record.envelope)
  const by = await signersNamed(connected, record.envelope)
  recordAction({ ...record, action, by, cancelled: true, now }, output)
}
