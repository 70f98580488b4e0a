import { randomBytes } from 'node:crypto'
import { encodeBodies } from '../../../src/documents/body.ts'
import { decodeEnvelope, documentId, encodeEnvelope } from '../../../src/documents/envelope.ts'
import { write } from '../../../src/documents/write.ts'
import type { Parcel } from '../../../src/mesh/sync/ports.ts'
import type { Identity } from '../../../src/trust/identity.ts'
import { sealAnswer } from '../../../src/trust/seal.ts'

export interface Sealed {
  readonly agent: string
  readonly id: string
  readonly parcel: Parcel
}

const KIND = 'gumshoe/answer/1'

/** A true answer of one row: sealed to this key, signed by this host; `seq` numbers the host's chain. */
export const sealedAnswer = (
  { mesh, action, sealTo }: { mesh: string; action: string; sealTo: Uint8Array },
  host: Identity,
  seq: number
): Sealed => {
  const row = { search: 's1', path: new Uint8Array(randomBytes(40)), size: seq, mode: '-rw-r--r--', mtime: 1 }
  const coverage = { seen: 1, unreadable: 0, skipped: 0 }
  const [plaintext] = encodeBodies({ state: 'done', verdict: 'yes', coverage, rows: [row] }, { maxParts: 1 })
  const place = { mesh, action, op: 'o1', agent: host.peer, seq, part: 0 }
  const { body, ...sealed } = sealAnswer(sealTo, place, plaintext!)
  const bytes = write({ kind: KIND, ...place, ...sealed, time: Date.now(), last: true, charter: 1 })
  const envelope = encodeEnvelope({ bytes, signatures: [host.sign(KIND, bytes)] })
  return { agent: host.peer, id: documentId(decodeEnvelope(envelope).bytes), parcel: { envelope, body } }
}
