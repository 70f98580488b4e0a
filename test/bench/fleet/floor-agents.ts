import { readFileSync } from 'node:fs'
import { fromBase64 } from '../../../src/codec.ts'
import type { Action } from '../../../src/documents/action.ts'
import { encodeBodies } from '../../../src/documents/body.ts'
import { decodeEnvelope, documentId, encodeEnvelope } from '../../../src/documents/envelope.ts'
import { read } from '../../../src/documents/read.ts'
import { write } from '../../../src/documents/write.ts'
import type { Mesh } from '../../../src/mesh/mesh.ts'
import type { PutReply } from '../../../src/mesh/sync/ports.ts'
import { type Identity, makeIdentity, publicKeyOfPeer, verifyEd25519 } from '../../../src/trust/identity.ts'
import { readPublicKey, verifyDetached } from '../../../src/trust/pgp.ts'
import { sealAnswer } from '../../../src/trust/seal.ts'
import { MESH_ID, testMember, testPort } from '../../support/members.ts'
import { inTurns, staysUntilTold, wordsOf } from './worker.ts'

/** Agents of the floor: verify the question's OpenPGP signature, seal and sign one answer, put it to both hubs; no gossip, no disk. */
const [count, keyFile, ...hubs] = process.argv.slice(2) as [string, string, ...string[]]
const key = await readPublicKey(new Uint8Array(readFileSync(keyFile)))

const answer = (action: Action, id: string, identity: Identity) => {
  const path = new TextEncoder().encode('/etc/passwd')
  const rows = [
    { search: 's1', path, size: 27, mode: '-rw-r--r--', mtime: 1, ctime: 1, owner: '0', group: '0' }
  ]
  const coverage = { seen: 1, unreadable: 0, skipped: 0 }
  const [plaintext] = encodeBodies({ state: 'done', verdict: 'yes', coverage, rows }, { maxParts: 1 })
  const place = { mesh: MESH_ID, action: id, op: 'o1', agent: identity.peer, seq: 1, part: 0 }
  const { body, ...sealed } = sealAnswer(fromBase64(action.sealTo), place, plaintext!)
  const kind = 'gumshoe/answer/1'
  const bytes = write({ kind, ...place, ...sealed, time: Date.now(), last: true, charter: 1 })
  return { envelope: encodeEnvelope({ bytes, signatures: [identity.sign(kind, bytes)] }), body }
}

const verifyReceipt = (reply: PutReply, node: string): void => {
  if (!('receipt' in reply)) throw new Error('no receipt')
  const { bytes, signatures } = decodeEnvelope(reply.receipt)
  if (!verifyEd25519(publicKeyOfPeer(node), 'gumshoe/receipt/1', bytes, signatures[0]!))
    throw new Error('false receipt')
}

const startOne = async (): Promise<Mesh> => {
  const identity = makeIdentity()
  const known = new Set<string>()
  const mesh: Mesh = await testMember({
    role: 'agent',
    seed: identity.seed,
    listen: [],
    hubs: new Map(hubs.map(address => [address.split('/p2p/')[1]!, [address]])),
    port: testPort({
      put: async (_, { envelope }) => {
        const { bytes, signatures } = decodeEnvelope(envelope)
        const id = documentId(bytes)
        if (known.has(id)) return { receipt: new Uint8Array() }
        known.add(id)
        const { ok } = (await verifyDetached(bytes, signatures[0]!, [key], Date.now())) ?? { ok: false }
        if (!ok) throw new Error('a false signature')
        const parcel = answer(read(bytes, 'gumshoe/action/1'), id, identity)
        const nodes = mesh.members().filter(({ role }) => role === 'node')
        for (const { peer } of nodes)
          void mesh
            .client(peer)
            .then(client => client.put(parcel))
            .then(reply => verifyReceipt(reply, peer))
        return { receipt: new Uint8Array() }
      }
    })
  })
  return mesh
}

const running: Mesh[] = []
await inTurns(Array.from({ length: Number(count) }), async () => void running.push(await startOne()))
await wordsOf(() => running.every(mesh => mesh.members().length >= hubs.length))
await staysUntilTold()
await Promise.all(running.map(mesh => mesh.stop()))
