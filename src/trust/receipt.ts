import { encodeEnvelope } from '../documents/envelope.ts'
import { write } from '../documents/write.ts'
import type { Identity } from './identity.ts'

const KIND = 'gumshoe/receipt/1'

/** The encoded envelope of a receipt: this machine holds the document of that id since `time` (ms). Only a node's counts (`verifyReceipt`). */
export const makeReceipt = (identity: Identity, mesh: string, id: string, time: number): Uint8Array => {
  const bytes = write({ kind: KIND, mesh, id, node: identity.peer, time })
  return encodeEnvelope({ bytes, signatures: [identity.sign(KIND, bytes)] })
}
