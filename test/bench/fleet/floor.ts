import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatTime, systemClock } from '../../../src/clock.ts'
import { toBase64 } from '../../../src/codec.ts'
import { decodeBody } from '../../../src/documents/body.ts'
import { documentId, encodeEnvelope } from '../../../src/documents/envelope.ts'
import { write } from '../../../src/documents/write.ts'
import { file } from '../../../src/modules/file.ts'
import { fileHolder } from '../../../src/trust/key-holder.ts'
import { makeKey } from '../../../src/trust/pgp.ts'
import { makeSealKey, openAnswer } from '../../../src/trust/seal.ts'
import { verifyBody, verifyHeader } from '../../../src/trust/verify-machine.ts'
import { MESH_ID, testMember, testPort } from '../../support/members.ts'
import { type Asked, WORKERS } from './mesh.ts'
import { startWorker, type Worker } from './worker.ts'

export interface Floor {
  ask(): Promise<Asked>
  /** Pids of the two hubs, and of the processes of agents. */
  readonly nodes: readonly number[]
  readonly workers: readonly number[]
  stop(): Promise<void>
}

const HOUR = 3_600_000

/**
 * The secured floor: the same documents, signatures, seals and receipts over the same open streams, two hubs that pass
 * everything on, as many agents in as many processes; no gossip, no store, no records, no replication, no policy.
 */
export const startFloor = async (agents: number): Promise<Floor> => {
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-floor-'))
  const key = await makeKey('bench', { now: Date.now() - HOUR })
  const keyFile = join(directory, 'key.pub')
  writeFileSync(keyFile, key.bytes)
  const workers: Worker[] = []
  const here = (name: string) => join(import.meta.dirname, name)
  for (let i = 0; i < 2; i++) workers.push(await startWorker(here('floor-hub.ts'), []))
  const hubs = workers.map(({ said }) => said)
  const share = Math.ceil(agents / WORKERS)
  for (let from = 0; from < agents; from += share)
    workers.push(
      await startWorker(here('floor-agents.ts'), [String(Math.min(share, agents - from)), keyFile, ...hubs])
    )
  const holder = await fileHolder(key.secret, undefined, systemClock)
  const opened = new Set<string>()
  let privateKey = new Uint8Array()
  let asked = ''
  let done: () => void = () => undefined
  const console_ = await testMember({
    role: 'console',
    hubs: new Map(hubs.map(address => [address.split('/p2p/')[1]!, [address]])),
    port: testPort({
      put: async (_, { envelope, body }) => {
        const { document } = verifyHeader(envelope, MESH_ID)
        // The other hub's copies of an earlier question may come late.
        if (document.action === asked && !opened.has(document.agent)) {
          verifyBody(document, body!)
          if (decodeBody(openAnswer(privateKey, document, body!)).verdict === 'yes')
            opened.add(document.agent)
          if (opened.size === agents) done()
        }
        return { receipt: new Uint8Array() }
      }
    })
  })
  while (console_.members().length < hubs.length) await new Promise(next => setTimeout(next, 20))
  const pids = workers.map(({ pid }) => pid)
  return {
    nodes: pids.slice(0, 2),
    workers: pids.slice(2),
    ask: async () => {
      const seal = makeSealKey()
      privateKey = new Uint8Array(seal.privateKey)
      opened.clear()
      const params = file.fromFlags({ path: ['/etc'], name: ['^passwd$'] }, Date.now()) as Record<
        string,
        unknown
      >
      const bytes = write({
        kind: 'gumshoe/action/1',
        mesh: MESH_ID,
        charter: 1,
        target: 'role=web',
        validFrom: formatTime(Date.now()),
        expires: formatTime(Date.now() + HOUR),
        operations: [{ id: 'o1', module: 'file/1', params }],
        disclosure: 'hashed',
        ceilingPpm: 1_000_000,
        limits: {},
        readers: [key.fingerprint],
        sealTo: toBase64(seal.publicKey),
        nonce: toBase64(new Uint8Array(randomBytes(16)))
      })
      asked = documentId(bytes)
      const envelope = encodeEnvelope({ bytes, signatures: [await holder.sign(bytes)] })
      const all = new Promise<void>(resolve => (done = resolve))
      const started = performance.now()
      const nodes = console_.members()
      await Promise.all(nodes.map(async ({ peer }) => (await console_.client(peer)).put({ envelope })))
      await all
      return { ms: performance.now() - started, answers: opened.size }
    },
    stop: async () => {
      await console_.stop()
      await Promise.all(workers.map(worker => worker.stop()))
      rmSync(directory, { recursive: true, force: true })
    }
  }
}
