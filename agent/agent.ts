import type { Clock } from '../src/clock.ts'
import { encodeCbor, sameBytes } from '../src/codec.ts'
import { decodeEnvelope } from '../src/documents/envelope.ts'
import { read } from '../src/documents/read.ts'
import { codeOf, type ErrorCode } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Log } from '../src/log.ts'
import type { Mesh } from '../src/mesh/mesh.ts'
import { createMesh } from '../src/mesh/node.ts'
import type { Caller } from '../src/mesh/sync/ports.ts'
import type { Fence } from '../src/run/fence.ts'
import { Database } from '../src/store/database.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import type { HostSettings } from '../src/trust/gate-context.ts'
import { agentCard, judgeCard } from '../src/trust/membership.ts'
import type { VerifiedAction } from '../src/trust/permit.ts'
import { catchUp, fetchCharters } from './catch-up.ts'
import { gatherFacts } from './facts.ts'
import { type AgentIdentity, layout, saveCharters } from './home.ts'
import { Judge } from './judge.ts'
import { Memory } from './memory.ts'
import { meetNeighbours } from './neighbours.ts'
import { Outbox } from './outbox.ts'
import { agentPort } from './port.ts'
import { makePresence } from './presence.ts'
import { Records } from './records.ts'
import { Replies } from './reply.ts'
import { Runner } from './runner.ts'

export interface AgentInit {
  readonly home: string
  readonly root: string
  readonly listen: readonly string[]
  readonly announce: readonly string[]
  readonly agent: AgentIdentity
  readonly chain: CharterChain
  readonly settings: HostSettings
  readonly fence: Fence
  readonly clock: Clock
  readonly log: Log
}

/** How long an agent waits for a node to say how far its chain is there, before it runs anything. */
const HEAD_WAIT_MS = 10_000

/** Starts an agent: store, gate, runner, mesh. Throws what the parts throw at start; afterwards it only logs. */
export const startAgent = async (init: AgentInit): Promise<{ mesh: Mesh; stop(): Promise<void> }> => {
  const agent = new Agent(init)
  await agent.start()
  return { mesh: agent.mesh, stop: () => agent.stop() }
}

class Agent {
  readonly #init: AgentInit
  readonly #stop = new AbortController()
  #database!: Database
  #memory!: Memory
  #records!: Records
  #replies!: Replies
  #runner!: Runner
  #outbox!: Outbox
  #judge!: Judge
  mesh!: Mesh
  #facts!: ReturnType<typeof gatherFacts>
  #state: 'up' | 'rolled-back' = 'up'
  /** Resolves once a node has told our chain's head, or after HEAD_WAIT_MS: nothing runs before. */
  #headKnown!: () => void
  readonly #ready = new Promise<void>(resolve => (this.#headKnown = resolve))

  constructor(init: AgentInit) {
    this.#init = init
  }

  async start(): Promise<void> {
    const { home, root, agent, chain, clock, log, settings, fence, listen, announce } = this.#init
    const { database, aside } = await Database.openOrSetAside(layout(home).database)
    if (aside !== undefined) log('warn', 'store-set-aside', { to: aside })
    this.#database = database
    this.#memory = await Memory.open(database, agent.openingsKey)
    await this.#memory.purge(clock.now())
    this.#records = new Records(layout(home).records, clock)
    this.#facts = gatherFacts(root, settings, fence)
    const memory = this.#memory
    const records = this.#records
    this.#outbox = new Outbox({ clock, chain, memory, records, mesh: () => this.mesh, log })
    this.#replies = new Replies({
      clock,
      chain,
      identity: agent.identity,
      memory,
      records,
      deliver: () => this.#outbox.deliver()
    })
    this.#runner = new Runner({ clock, memory, replies: this.#replies, root, log })
    this.#judge = new Judge({
      clock,
      chain,
      memory,
      records,
      settings,
      self: () => ({ peer: agent.identity.peer, tags: agent.tags, facts: this.#facts }),
      accepted: accepted => void this.#beforeAnswer().then(() => this.#runner.take(accepted)),
      refused: (action, code) => void this.#refuse(action, code),
      cancelled: id => this.#runner.cancel(id),
      charterTaken: () => this.#charterTaken(),
      fetchCharters: () => void this.#fetchCharters()
    })
    this.mesh = await createMesh(
      {
        role: 'agent',
        seed: agent.identity.seed,
        mesh: chain.mesh,
        listen: agent.leaf ? [] : listen,
        announce,
        tags: topicTags(agent.tags, chain)
      },
      {
        card: () => agentCard(agent.membership, agent.grant),
        judge: (card, peer) => judgeCard(card, peer, chain, clock.now()),
        judgeGossip: async (_, data) => {
          await this.#ready
          return (await this.#judge.take(data)).gossip
        },
        hubs: () => new Map(chain.current.charter.nodes.map(node => [node.peer, node.addresses])),
        port: agentPort(clock, chain, agent.identity, this.#judge),
        log
      },
      clock
    )
    this.mesh.onMember(
      caller =>
        void this.#up(caller).catch(error =>
          log('debug', 'peer-failed', { peer: caller.peer, code: codeOf(error) })
        ),
      caller => {
        log('info', 'down', { peer: caller.peer, role: caller.role })
        this.#outbox.forget(caller.peer)
      }
    )
    void clock.sleep(HEAD_WAIT_MS, this.#stop.signal, true).then(this.#headKnown, () => undefined)
    records.add({ what: 'start' })
    void this.#ready.then(() => this.#finishInterrupted())
    void this.#rounds()
  }

  async stop(): Promise<void> {
    const { log } = this.#init
    this.#stop.abort()
    this.#outbox.stop()
    await this.#runner.stop()
    await this.#present('leaving').catch(() => undefined)
    await this.mesh.stop()
    await this.#database.close()
    this.#records.add({ what: 'stop' })
    log('info', 'stopped')
  }

  async #up(caller: Caller): Promise<void> {
    const { log, agent } = this.#init
    log('info', 'up', { peer: caller.peer, role: caller.role })
    if (caller.role === 'console') this.#outbox.deliver()
    if (caller.role !== 'node') return
    const client = await this.mesh.client(caller.peer)
    await this.#compareHead(client)
    await this.#present(this.#state, [caller.peer])
    await catchUp(client, {
      chain: this.#init.chain,
      judge: this.#judge,
      memory: this.#memory,
      tags: agent.tags,
      log
    })
    this.#outbox.deliver()
    await meetNeighbours(this.mesh, client, log)
  }

  /** A node that knows more of our chain than we do: this home was restored from a snapshot. What was answered there is not run again. */
  async #compareHead(client: Awaited<ReturnType<Mesh['client']>>): Promise<void> {
    const theirs = await client.head()
    const own = this.#memory.head?.seq ?? 0
    if (theirs !== undefined && theirs.seq > own) {
      this.#init.log('warn', 'rolled-back', { own, theirs: theirs.seq })
      this.#state = 'rolled-back'
      for (const id of theirs.actions)
        if (this.#memory.decided(id) === undefined) await this.#memory.recordElsewhere(id)
      await this.#memory.setHead({ seq: theirs.seq, id: theirs.id })
    }
    this.#headKnown()
  }

  /** Every few minutes, with jitter: compare with each node again, send a presence, look at what was held. */
  async #rounds(): Promise<void> {
    const { clock, log, agent, chain } = this.#init
    while (!this.#stop.signal.aborted) {
      await clock
        .sleep(LIMITS.catchUpMs * (0.75 + Math.random() / 2), this.#stop.signal, true)
        .catch(() => undefined)
      if (this.#stop.signal.aborted) return
      await this.#judge.retryHeld()
      this.#facts = gatherFacts(this.#init.root, this.#init.settings, this.#init.fence)
      // A presence that keeps coming tells a console that this host is there.
      await this.#present(this.#state).catch(() => undefined)
      for (const member of this.mesh.members()) {
        if (member.role !== 'node') continue
        const client = await this.mesh.client(member.peer).catch(() => undefined)
        if (client === undefined) continue
        await catchUp(client, {
          chain,
          judge: this.#judge,
          memory: this.#memory,
          tags: agent.tags,
          log
        }).catch(error => log('debug', 'catch-up-failed', { code: codeOf(error) }))
        await meetNeighbours(this.mesh, client, log).catch(() => undefined)
      }
      this.#outbox.deliver()
    }
  }

  async #present(state: 'up' | 'leaving' | 'rolled-back', to?: readonly string[]): Promise<void> {
    const { agent, chain, clock } = this.#init
    const nodes =
      to ??
      this.mesh
        .members()
        .filter(member => member.role === 'node')
        .map(({ peer }) => peer)
    if (nodes.length === 0) return
    const envelope = await makePresence({
      agent,
      chain,
      memory: this.#memory,
      clock,
      facts: this.#facts,
      addresses: this.mesh.addresses(),
      state
    })
    await Promise.all(
      nodes.map(async peer => (await this.mesh.client(peer)).put({ envelope }).catch(() => undefined))
    )
  }

  async #refreshFacts(): Promise<void> {
    const { root, settings, fence } = this.#init
    const now = gatherFacts(root, settings, fence)
    const same = sameBytes(encodeCbor(now), encodeCbor(this.#facts))
    this.#facts = now
    if (!same) await this.#present(this.#state).catch(() => undefined)
  }

  /** An agent whose facts have changed says so before it answers (design 3). */
  async #beforeAnswer(): Promise<void> {
    await this.#ready
    await this.#refreshFacts().catch(() => undefined)
  }

  async #refuse({ id, action }: VerifiedAction, code: ErrorCode): Promise<void> {
    await this.#beforeAnswer()
    const state = code === 'cancelled' ? 'cancelled' : 'refused'
    for (const { id: op } of action.operations)
      await this.#replies.send(id, action, op, { state, code, rows: [] })
  }

  async #charterTaken(): Promise<void> {
    const { home, chain, log } = this.#init
    saveCharters(home, chain)
    log('info', 'charter-taken', { version: chain.current.charter.version })
    await this.mesh.rejudge()
    await this.#present(this.#state).catch(() => undefined)
  }

  async #fetchCharters(): Promise<void> {
    for (const member of this.mesh.members()) {
      if (member.role !== 'node') continue
      await fetchCharters(await this.mesh.client(member.peer), {
        chain: this.#init.chain,
        judge: this.#judge
      }).catch(() => undefined)
    }
  }

  /** What a crash left: a run without an end is `interrupted`, never run twice; a refusal without its answer is given it. */
  async #finishInterrupted(): Promise<void> {
    const { log } = this.#init
    for (const [id, { decision, envelope, ended }] of this.#memory.unfinished()) {
      if (envelope.length === 0) continue
      const action = read(decodeEnvelope(envelope).bytes, 'gumshoe/action/1')
      for (const { id: op } of action.operations) {
        if (op in ended) continue
        log('warn', 'interrupted', { action: id, op, decision })
        const body =
          decision === 'run'
            ? ({ state: 'interrupted', code: 'interrupted', rows: [] } as const)
            : ({
                state: decision === 'cancelled' ? 'cancelled' : 'refused',
                code: decision,
                rows: []
              } as const)
        await this.#replies.send(id, action, op, { ...body, rows: [] })
      }
    }
  }
}

/** Tags whose keys form topics in this charter: those an agent subscribes to, beside `all`. */
const topicTags = (tags: readonly string[], chain: CharterChain): string[] =>
  tags.filter(tag => chain.current.charter.topicKeys.includes(tag.split('=')[0]!))
