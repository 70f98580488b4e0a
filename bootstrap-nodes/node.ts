import { randomInt } from 'node:crypto'
import type { Clock } from '../src/clock.ts'
import { isActionKind } from '../src/documents/action.ts'
import { decodeEnvelope } from '../src/documents/envelope.ts'
import { readAction } from '../src/documents/read.ts'
import { parseTarget } from '../src/documents/target/parse.ts'
import { countTags, topicsOf } from '../src/documents/target/topics.ts'
import { codeOf } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Log } from '../src/log.ts'
import { clientsOf } from '../src/mesh/clients.ts'
import { ALL, type Mesh } from '../src/mesh/mesh.ts'
import { createMesh } from '../src/mesh/node.ts'
import type { Caller, SyncPort } from '../src/mesh/sync/ports.ts'
import { AttachmentShelf } from '../src/store/attachments.ts'
import { Documents } from '../src/store/documents.ts'
import { Watermark } from '../src/store/watermark.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import { nodeCard } from '../src/trust/membership.ts'
import { Seen } from '../src/trust/seen.ts'
import { Attachments } from './attachments.ts'
import { Enrolments } from './enrolments.ts'
import { fetchMissing } from './fetch-attachments.ts'
import { HubJudge } from './gossip-judge.ts'
import { type NodeIdentity, saveCharter } from './home.ts'
import { keepHouse } from './housekeeping.ts'
import { Keeper } from './keeper.ts'
import { openStore } from './open-store.ts'
import { PersonQuota } from './person-quota.ts'
import { bootstrapPort } from './port.ts'
import { readOpen } from './read-open.ts'
import { replicate, takeNewerCharters } from './replica.ts'

export interface BootstrapInit {
  readonly home: string
  readonly node: NodeIdentity
  readonly chain: CharterChain
  readonly clock: Clock
  readonly log: Log
  /** Wraps the served port: tests look at what a node handles; nothing else uses it. */
  readonly wrapPort?: (port: SyncPort) => SyncPort
}

export interface RunningNode {
  readonly mesh: Mesh
  readonly documents: Documents
  stop(): Promise<void>
}

/** Addresses that a neighbour question is answered with. */
const NEIGHBOURS = 8

/** Starts a bootstrap node: store, keeper, mesh, replication. Throws what the parts throw at start; afterwards it only logs. */
export const startBootstrap = async ({
  home,
  node,
  chain,
  clock,
  log,
  wrapPort
}: BootstrapInit): Promise<RunningNode> => {
  const watermark = new Watermark(home, clock)
  const database = await openStore(home, watermark, log)
  const documents = await Documents.open(database, node.identity.peer)
  const attachments = new Attachments({ clock, shelf: await AttachmentShelf.open(database), watermark })
  const persons = new PersonQuota(clock, chain, attachments)
  const open = await readOpen(documents, chain, persons)
  const enrolments = new Enrolments(clock, chain, documents, log)
  const addresses = new Map<string, readonly string[]>()
  const stop = new AbortController()
  const replicas = new Map<string, AbortController>()
  const seen = new Seen()
  let mesh: Mesh
  const announce = (kind: string, envelope: Uint8Array): void => {
    const tags = isActionKind(kind)
      ? topicsOf(
          parseTarget(readAction(decodeEnvelope(envelope).bytes).target),
          chain.current.charter.topicKeys,
          countTags(mesh.members().filter(member => member.role === 'agent'))
        )
      : [ALL]
    for (const tag of tags)
      mesh.publish(tag, envelope).catch(error => log('warn', 'not-published', { kind, error: String(error) }))
  }
  /** What is revoked must stay so over a restart: a charter is worth the ballast. */
  const saveOnFullDisk = (): void => {
    try {
      saveCharter(home, chain)
    } catch (error) {
      if (!watermark.dropBallast()) throw error
      saveCharter(home, chain)
    }
  }
  const keeper = new Keeper({
    clock,
    chain,
    documents,
    open,
    enrolments,
    persons,
    watermark,
    identity: node.identity,
    seen,
    announce,
    listens: (peer, where) => {
      addresses.delete(peer)
      addresses.set(peer, where)
      // Other nodes tell of whom they know, too: the last to say so are the ones that are there.
      if (addresses.size > LIMITS.ratedPeers) addresses.delete(addresses.keys().next().value!)
    },
    charterTaken: async envelope => {
      log('info', 'charter-taken', { version: chain.current.charter.version })
      try {
        saveOnFullDisk()
      } finally {
        // It is obeyed whether or not the disk takes it.
        announce('gumshoe/charter/1', envelope)
        await mesh.rejudge()
      }
    }
  })
  const judge = new HubJudge({ clock, chain, documents, keeper, open, seen })
  const neighbours = (peer: string): string[] =>
    mesh
      .members()
      .filter(member => member.role === 'agent' && member.peer !== peer && !member.leaf)
      .map(member => ({ address: addresses.get(member.peer)?.[0], turn: randomInt(1 << 30) }))
      .sort((a, b) => a.turn - b.turn)
      .flatMap(({ address }) => address ?? [])
      .slice(0, NEIGHBOURS)
  const present = (): string[] => mesh.members().flatMap(({ role, peer }) => (role === 'agent' ? [peer] : []))
  const port = bootstrapPort({ clock, chain, documents, open, keeper, attachments, neighbours, present })
  const fetching = new Set<string>()
  const fetchCharters = async (peer: string): Promise<void> => {
    if (fetching.has(peer)) return
    fetching.add(peer)
    await mesh
      .client(peer)
      .then(client => takeNewerCharters(client, { chain, keeper }))
      .catch(error => log('debug', 'charters-failed', { from: peer, code: codeOf(error) }))
    fetching.delete(peer)
  }
  mesh = await createMesh(
    {
      role: 'node',
      seed: node.identity.seed,
      mesh: chain.mesh,
      listen: node.listen,
      announce: node.announce,
      tags: []
    },
    {
      card: nodeCard,
      judge: (card, peer) => enrolments.judge(card, peer),
      judgeGossip: (topic, data) => judge.judge(topic, data),
      hubs: () => new Map(chain.current.charter.nodes.map(entry => [entry.peer, entry.addresses])),
      port: wrapPort ? wrapPort(port) : port,
      behind: peer => void fetchCharters(peer),
      log
    },
    clock
  ).catch(async error => {
    await database.close()
    throw error
  })
  const up = async (caller: Caller): Promise<void> => {
    log('info', 'up', {
      peer: caller.peer,
      role: caller.role,
      ...(caller.role === 'console' && { person: caller.person })
    })
    if (caller.role !== 'node') return
    replicas.get(caller.peer)?.abort()
    const replica = new AbortController()
    replicas.set(caller.peer, replica)
    const client = await mesh.client(caller.peer)
    const parts = { clock, database, documents, chain, keeper, log }
    await replicate(client, parts, AbortSignal.any([stop.signal, replica.signal]))
  }
  const down = (caller: Caller): void => {
    log('info', 'down', { peer: caller.peer, role: caller.role })
    replicas.get(caller.peer)?.abort()
    replicas.delete(caller.peer)
  }
  mesh.onMember(
    caller =>
      void up(caller).catch(error =>
        log('debug', 'peer-failed', { peer: caller.peer, code: codeOf(error), error: String(error) })
      ),
    down
  )
  void keepHouse({ clock, chain, documents, open, attachments, watermark, log }, stop.signal)
  const nodes = () => clientsOf(mesh, 'node')
  void fetchMissing({ clock, attachments, nodes, log }, stop.signal)
  return {
    mesh,
    documents,
    stop: async () => {
      stop.abort()
      await mesh.stop()
      await database.close()
    }
  }
}
