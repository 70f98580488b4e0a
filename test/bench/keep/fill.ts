import { randomBytes } from 'node:crypto'
import { indexOfRead } from '../../../bootstrap-nodes/index-of.ts'
import { sha256 } from '../../../src/codec.ts'
import type { AnswerHeader } from '../../../src/documents/answer.ts'
import { documentId, encodeEnvelope } from '../../../src/documents/envelope.ts'
import { write } from '../../../src/documents/write.ts'
import { Database } from '../../../src/store/database.ts'
import { Documents } from '../../../src/store/documents.ts'
import type { Index, Kept } from '../../../src/store/kept.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { ANSWER, perSecond, place } from './store.ts'

/** What one row takes, sealed and padded, and a signature. */
const [BODY, SIGNATURE] = [1_104, 64]
const HOSTS = 1_000
/** Not all of them in memory at once. */
const AT_ONCE = 10_000

/**
 * An answer in form and size: its body is noise and its signature false, which a store does not look at. A true one takes
 * half a millisecond to seal and sign, a million of them longer than all that is measured.
 */
const formed = (agent: string, seq: number): { kept: Kept; index: Index } => {
  const body = new Uint8Array(randomBytes(BODY))
  const digest = sha256(body)
  const { mesh, action } = place
  const header: AnswerHeader = {
    kind: ANSWER,
    mesh,
    action,
    op: 'o1',
    agent,
    seq,
    time: Date.now(),
    part: seq - 1,
    last: false,
    charter: 1,
    digest,
    length: BODY,
    commit: digest
  }
  const bytes = write(header)
  const id = documentId(bytes)
  const envelope = encodeEnvelope({ bytes, signatures: [new Uint8Array(randomBytes(SIGNATURE))] })
  return { kept: { kind: ANSWER, id, parcel: { envelope, body } }, index: indexOfRead(id, header) }
}

/** Fills a store with so many answers, put as a node puts them. */
export const fillWith = async (directory: string, count: number): Promise<void> => {
  const database = await Database.open(directory)
  const documents = await Documents.open(database, makeIdentity().peer)
  const hosts = Array.from({ length: HOSTS }, () => makeIdentity().peer)
  for (let from = 0; from < count; from += AT_ONCE) {
    const answers = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) =>
      formed(hosts[(from + i) % HOSTS]!, 1 + Math.floor((from + i) / HOSTS))
    )
    await perSecond(answers, async ({ kept, index }) => void (await documents.put(kept, index)))
  }
  await database.close()
}
