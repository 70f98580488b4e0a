import { decodeEnvelope, documentId } from '../../../src/documents/envelope.ts'
import { kindOf } from '../../../src/documents/read.ts'
import type { Parcel } from '../../../src/mesh/sync/ports.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { makeReceipt } from '../../../src/trust/receipt.ts'
import { verifyBody, verifyHeader } from '../../../src/trust/verify-machine.ts'
import { MESH_ID, testMember, testPort } from '../../support/members.ts'
import { staysUntilTold, wordsOf } from './worker.ts'

/** A hub of the floor: passes a question to every agent and an answer to every console, over streams that are open; keeps nothing. */
const identity = makeIdentity()

const pass = async (to: 'agent' | 'console', parcel: Parcel): Promise<void> => {
  await Promise.all([...there[to]].map(async peer => (await mesh.client(peer)).put(parcel)))
}
/** So that an answer does not cost a look at every agent. */
const there = { agent: new Set<string>(), console: new Set<string>() }

const mesh = await testMember({
  role: 'node',
  seed: identity.seed,
  port: testPort({
    put: async (_, parcel) => {
      const { bytes } = decodeEnvelope(parcel.envelope)
      const isAnswer = kindOf(bytes) === 'gumshoe/answer/1'
      if (isAnswer) {
        const { document } = verifyHeader(parcel.envelope, MESH_ID)
        verifyBody(document, parcel.body!)
      }
      void pass(isAnswer ? 'console' : 'agent', parcel)
      return { receipt: makeReceipt(identity, MESH_ID, documentId(bytes), Date.now()) }
    }
  })
})
mesh.onMember(
  ({ role, peer }) => role !== 'node' && there[role].add(peer),
  ({ role, peer }) => role !== 'node' && there[role].delete(peer)
)
await wordsOf(() => true, mesh.addresses()[0])
await staysUntilTold()
await mesh.stop()
