import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { multiaddr } from '@multiformats/multiaddr'
import { encodeCharterFile } from '../../../src/documents/charter-file.ts'
import { decodeEnvelope, encodeEnvelope } from '../../../src/documents/envelope.ts'
import { topicName } from '../../../src/mesh/mesh.ts'
import { canSend, eventually, hostileMember, MESH_ID, testMember } from '../../support/members.ts'
import { makeTestMesh, type TestMesh } from '../../support/mesh.ts'
import { startWorker } from '../fleet/worker.ts'
import { cpuSeconds } from '../processes.ts'

export interface Flood {
  /** Of one core, while the flood went on. */
  readonly cpuShare: number
  /** From an honest publish to its arrival at an honest agent, in ms, sorted. */
  readonly latencies: readonly number[]
  readonly sent: number
  readonly seconds: number
  /** Members that were put out. */
  readonly out: number
  /** Connections that were refused before noise, or ended before they stood. */
  readonly refused: number
}

const PER_SECOND = 2_000
const FLOODERS = 10
const TURN_MS = 50
/** One person may ask 60 in ten minutes. */
const QUESTION_MS = 400
const ALL = topicName(MESH_ID, 'all')
const pause = (ms: number) => new Promise<void>(done => setTimeout(done, ms))

/** Members that send forged, altered and senseless messages, each replaced by another one when it is put out. */
export const flood = async (seconds: number): Promise<Flood> => {
  const mesh = await makeTestMesh()
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-flood-'))
  const charters = join(directory, 'charters')
  writeFileSync(charters, encodeCharterFile(mesh.chain.envelopes()))
  const hub = await startWorker(join(import.meta.dirname, 'hub.ts'), [charters])
  const address = hub.said
  const hubs = new Map([[address.split('/p2p/')[1]!, [address]]])
  const agent = await testMember({ role: 'agent', hubs, listen: [] })
  const console_ = await testMember({ role: 'console', hubs })
  const forged = await forgeries(mesh)
  const questions = await Promise.all(
    Array.from({ length: Math.floor((seconds * 1_000) / QUESTION_MS) }, () => mesh.signAction({}, 'julien'))
  )
  await eventually('gossip flows', async () => (await console_.publish('all', randomBytes(8))) > 0)
  const heardAt = new Map<string, number>()
  const nameOf = (data: Uint8Array) => Buffer.from(data).toString('base64').slice(0, 400)
  agent.heard.push = message => {
    heardAt.set(nameOf(message.data), performance.now())
    return 0
  }
  const flooders = new Set<Awaited<ReturnType<typeof flooder>>>()
  let [out, refused, ended] = [0, 0, false]
  // Who is refused comes again, and again.
  const add = async (): Promise<void> => {
    while (!ended) {
      const made = await flooder(address).catch(() => undefined)
      if (made !== undefined) return void flooders.add(made)
      refused++
    }
  }
  await Promise.all(Array.from({ length: FLOODERS }, add))
  const [before, began] = [cpuSeconds(hub.pid), performance.now()]
  const publishedAt = new Map<string, number>()
  const ask = async (): Promise<void> => {
    for (const { raw } of questions) {
      publishedAt.set(nameOf(raw), performance.now())
      await console_.publish('all', raw)
      await pause(QUESTION_MS)
    }
  }
  const asking = ask()
  let sent = 0
  const over = () => performance.now() - began
  while (over() < seconds * 1_000) {
    for (const one of flooders)
      if (!one.isIn()) {
        flooders.delete(one)
        out++
        void one.stop()
        void add()
      }
    const share = Math.ceil((PER_SECOND * TURN_MS) / 1_000 / Math.max(1, flooders.size))
    for (const one of flooders) {
      one.send(Array.from({ length: share }, () => forged()))
      sent += share
    }
    await pause(Math.max(0, (sent / PER_SECOND) * 1_000 - over()))
  }
  const cpuShare = (cpuSeconds(hub.pid) - before) / (over() / 1_000)
  const lasted = over() / 1_000
  ended = true
  await asking
  await pause(2_000)
  const latencies = [...publishedAt].map(([name, at]) => (heardAt.get(name) ?? Number.POSITIVE_INFINITY) - at)
  await Promise.all([...flooders].map(one => one.stop()))
  await Promise.all([agent.stop(), console_.stop(), hub.stop()])
  rmSync(directory, { recursive: true, force: true })
  return { cpuShare, latencies: latencies.sort((a, b) => a - b), sent, seconds: lasted, out, refused }
}

/** By turns: a true action whose bytes were altered, one with a forged signature, and bytes that are nothing. */
const forgeries = async (mesh: TestMesh): Promise<() => Uint8Array> => {
  const { raw } = await mesh.signAction({}, 'julien')
  const { bytes, signatures } = decodeEnvelope(raw)
  let turn = 0
  const altered = (of: Uint8Array) => {
    const copy = Uint8Array.from(of)
    const at = copy.length - 1 - Math.floor(Math.random() * 40)
    copy[at]! ^= 1 + Math.floor(Math.random() * 255)
    return copy
  }
  return () => {
    const kind = turn++ % 3
    if (kind === 0) return encodeEnvelope({ bytes: altered(bytes), signatures })
    if (kind === 1) return encodeEnvelope({ bytes, signatures: [altered(signatures[0]!)] })
    return new Uint8Array(randomBytes(400))
  }
}

const flooder = async (hub: string) => {
  const node = await hostileMember()
  const peer = hub.split('/p2p/')[1]!
  try {
    await node.dial(multiaddr(hub))
    await eventually('its gossip is up', () => canSend(node.services.pubsub), 5_000)
  } catch (error) {
    await node.stop()
    throw error
  }
  const inside = node.services.pubsub as unknown as { sendRpc(id: string, rpc: object): boolean }
  return {
    isIn: () => node.getConnections().length > 0,
    send: (list: readonly Uint8Array[]) =>
      void inside.sendRpc(peer, { subscriptions: [], messages: list.map(data => ({ topic: ALL, data })) }),
    stop: () => node.stop()
  }
}
