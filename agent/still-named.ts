import { type Attachment, attachmentsOf } from '../src/documents/attachment.ts'
import { decodeEnvelope } from '../src/documents/envelope.ts'
import { readAction } from '../src/documents/read.ts'
import { isStanding } from '../src/modules/standing.ts'
import type { AttachmentShelf } from '../src/store/attachments.ts'
import type { Memory } from './memory.ts'

/** What actions of an earlier life name that go on, or have not begun: the others are answered, or will be `interrupted`. */
const stillNamed = (memory: Memory): Attachment[] =>
  memory.decidedIds().flatMap(id => {
    const envelope = memory.envelope(id)
    if (envelope === undefined || memory.decided(id) !== 'run') return []
    const action = readAction(decodeEnvelope(envelope).bytes)
    const left = action.operations.filter(({ id: op }) => !memory.isEnded(id, op))
    const goesOn = memory.waits(id) ? left : left.filter(({ module }) => isStanding(module))
    return attachmentsOf({ operations: goesOn })
  })

/** At a start: what nothing names any more goes, and what no longer has its hash, which may be had again. */
export const keepNamed = async (shelf: AttachmentShelf, memory: Memory): Promise<void> => {
  const named = stillNamed(memory)
  const ids = new Set(named.map(({ attachment }) => attachment))
  await shelf.remove(shelf.ids().filter(id => !ids.has(id)))
  // Reading proves it.
  for (const one of named) await shelf.read(one)
}
