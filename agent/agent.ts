import { codeOf, type ErrorCode, GumshoeError } from '../src/errors.ts'
import type { Mesh } from '../src/mesh/mesh.ts'
import { createMesh } from '../src/mesh/node.ts'
import type { Caller } from '../src/mesh/sync/ports.ts'
import type { Database } from '../src/store/database.ts'
import { judgeCard } from '../src/trust/membership.ts'
import type { VerifiedAction } from '../src/trust/permit.ts'
import { aboutOf } from './about.ts'
import { Admission } from './admission.ts'
import { Announcer, nodesOf, topicTags } from './announcer.ts'
import { Attachments } from './attachments.ts'
import { catchUp, fetchCharters } from './catch-up.ts'
import { Continuing } from './continuing.ts'
import { gatherFacts } from './facts.ts'
import { Heads } from './heads.ts'
import { saveCharters } from './home.ts'
import type { AgentInit, RunningAgent } from './init.ts'
import { Judge } from './judge.ts'
import { Meetings } from './meetings.ts'
import type { Memory } from './memory.ts'
import { Outbox } from './outbox.ts'
import { agentPort } from './port.ts'
import type { Records } from './records.ts'
import { openRemembered, type Remembered } from './remembered.ts'
import { Replies } from './reply.ts'
import { keepRounds } from './rounds.ts'
import { Runner } from './runner.ts'
import { bodyWithout, finishUnfinished } from './unfinished.ts'

const SETTLE_MS = 1_000

/** Starts an agent: store, gate, runner, mesh. Throws what the parts throw at start; afterwards it only logs. */
export const startAgent = async (init: AgentInit): Promise<RunningAgent> => {
  const remembered = await openRemembered(init)
  try {
    const running = new Agent(init, remembered)
    await running.start()
    return { mesh: running.mesh, ended: running.ended, stop: () => running.stop() }
  } catch (error) {
    await remembered.database.close().catch(() => undefined)
    throw error
  }
}

class Agent {
  mesh!: Mesh
  readonly ended: Promise<GumshoeError>
  readonly #init: AgentInit
  readonly #stop = new AbortController()
  readonly #database: Database
  readonly #memory: Memory
  readonly #records: Records
  readonly #replies: Replies
  readonly #runner: Runner
  readonly #outbox: Outbox
  readonly #judge: Judge
  readonly #heads: Heads
  readonly #continuing: Continuing
  readonly #announcer: Announcer
  readonly #attachments: Attachments
  readonly #admission: Admission
  readonly #meetings: Meetings
  /** Decided, and on the way to the runner or to their refusal. */
  readonly #pending = new Set<string>()
  #end!: (reason: GumshoeError) => void
  #fetching = false

  constructor(init: AgentInit, { database, memory, records, ledger, shelf }: Remembered) {
    const { root, agent, chain, clock, log, settings, fence, run } = init
    const { identity, tags } = agent
    const mesh = () => this.mesh
    this.#init = init
    this.#database = database
    this.#memory = memory
    this.#records = records
    this.ended = new Promise(resolve => (this.#end = resolve))
    this.#admission = new Admission(init.home, agent, chain)
    this.#outbox = new Outbox({ clock, chain, memory, ledger, mesh, log })
    const deliver = () => this.#outbox.deliver()
    this.#replies = new Replies({ clock, chain, identity, memory, ledger, deliver })
    this.#attachments = new Attachments({ clock, shelf, memory, mesh, log, signal: this.#stop.signal })
    this.#runner = new Runner({
      clock,
      memory,
      replies: this.#replies,
      attachments: this.#attachments,
      root,
      log,
      charter: () => chain.current.charter,
      about: aboutOf(init, () => this.#announcer.facts),
      ...(run && { run })
    })
    this.#heads = new Heads({
      clock,
      memory,
      mesh: chain.mesh,
      self: identity.peer,
      nodes: () => chain.current.charter.nodes.length,
      log
    })
    this.#announcer = new Announcer({
      agent,
      chain,
      memory,
      clock,
      log,
      mesh,
      gather: () => gatherFacts(root, settings, fence),
      rolledBack: () => this.#heads.rolledBack
    })
    this.#judge = new Judge({
      clock,
      chain,
      memory,
      records,
      ledger,
      settings,
      self: () => ({ peer: identity.peer, tags, facts: this.#announcer.facts }),
      accepted: it => this.#decided('run', it.id, () => this.#attachments.before(it, this.#runner)),
      refused: (action, code) => this.#decided('refuse', action.id, () => this.#refuse(action, code)),
      cancelled: id => this.#runner.cancel(id),
      charterTaken: () => this.#charterTaken(),
      fetchCharters: () => this.#inBackground('fetch-charters', () => this.#fetchCharters())
    })
    this.#meetings = new Meetings(peer => this.#meet(peer), {
      clock,
      signal: this.#stop.signal,
      isHere: peer => nodesOf(this.mesh).includes(peer),
      failed: (from, error) =>
        log('debug', 'catch-up-failed', { from, code: codeOf(error), error: String(error) })
    })
    this.#continuing = new Continuing(this.#judge, this.#runner, this.#memory, this.#attachments)
  }

  async start(): Promise<void> {
    const { agent, chain, clock, log, listen, announce } = this.#init
    // Taken before anything new can come: what is decided from here on is under way, not left over.
    const left = this.#memory.decidedIds()
    this.#records.add({ what: 'start' })
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
        card: () => this.#admission.card(),
        judge: (card, peer) => judgeCard(card, peer, chain, clock.now()),
        judgeGossip: async (_, data) => {
          await this.#heads.ready
          return (await this.#judge.take(data)).gossip
        },
        hubs: () => new Map(chain.current.charter.nodes.map(node => [node.peer, node.addresses])),
        port: agentPort(clock, chain, agent.identity, this.#judge, this.#attachments, this.#heads.ready),
        behind: () => this.#inBackground('fetch-charters', () => this.#fetchCharters()),
        log
      },
      clock
    )
    this.mesh.onMember(
      caller => this.#inBackground('up', () => this.#up(caller)),
      caller => {
        log('info', 'down', { peer: caller.peer, role: caller.role })
        this.#outbox.forget(caller.peer)
      }
    )
    this.#inBackground('finish', async () => {
      await this.#heads.ready
      await this.#finish(left)
    })
    const round = () => this.#round()
    this.#inBackground('rounds', () =>
      keepRounds({ clock, log, database: this.#database, round }, this.#stop.signal)
    )
  }

  async stop(): Promise<void> {
    const { log } = this.#init
    this.#stop.abort()
    this.#heads.stop()
    this.#outbox.stop()
    await this.#runner.stop()
    await this.#announcer.tell('leaving')
    await this.mesh.stop()
    await this.#database.close()
    this.#records.add({ what: 'stop' })
    log('info', 'stopped')
  }

  /** Nothing that goes wrong beside the main way ends the process. */
  #inBackground(what: string, act: () => Promise<void>): void {
    const { log, stirred } = this.#init
    const failed = (error: unknown) =>
      this.#stop.signal.aborted || log('warn', 'failed', { what, code: codeOf(error), error: String(error) })
    stirred?.()
    act().catch(failed).finally(stirred)
  }

  async #up({ peer, role }: Caller): Promise<void> {
    this.#init.log('info', 'up', { peer, role })
    if (role === 'console') this.#outbox.deliver()
    if (role === 'node') await this.#meetings.with(peer)
  }

  /** All that an agent has to settle with one node, in this order. */
  async #meet(peer: string): Promise<void> {
    const { chain, agent, clock, log } = this.#init
    const client = await this.mesh.client(peer)
    await this.#admission
      .ask(client)
      .catch(error => log('warn', 'not-admitted', { by: peer, code: codeOf(error), error: String(error) }))
    await this.#heads.compare(client)
    await this.#announcer.tell('here', [peer])
    this.#outbox.deliver()
    await this.#heads.ready
    const judge = this.#judge
    await catchUp(client, { chain, judge, tags: agent.tags, now: () => clock.now(), log })
  }

  /** Look at the host again, compare with each node, finish what was left. */
  async #round(): Promise<void> {
    const { clock } = this.#init
    this.#init.stirred?.()
    const left = this.#memory.decidedIds()
    // What was decided at this very moment is on its way to the runner.
    await clock.sleep(SETTLE_MS, this.#stop.signal, true)
    await this.#judge.retryHeld()
    await this.#announcer.refresh()
    // Whoever is slow is not waited for.
    for (const peer of nodesOf(this.mesh)) this.#inBackground('catch-up', () => this.#meetings.with(peer))
    await this.#finish(left)
    await this.#memory.purge(clock.now())
  }

  /** What follows from a decision: whose facts have changed says so before it answers (design 3). */
  #decided(what: string, id: string, act: () => Promise<void>): void {
    this.#pending.add(id)
    this.#inBackground(what, async () => {
      try {
        await this.#announcer.refresh()
        await act()
      } finally {
        this.#pending.delete(id)
      }
    })
  }

  async #refuse({ id, action }: VerifiedAction, code: ErrorCode): Promise<void> {
    for (const { id: op } of action.operations)
      await this.#replies.send({ id, action, op, body: bodyWithout(code) })
  }

  #finish(ids: readonly string[]): Promise<void> {
    return finishUnfinished(ids, {
      ...{ memory: this.#memory, replies: this.#replies, log: this.#init.log },
      isActive: id => this.#continuing.isActive(id) || this.#pending.has(id) || this.#judge.isDeciding(id),
      goOn: envelope => this.#continuing.goOn(envelope)
    })
  }

  async #charterTaken(): Promise<void> {
    const { home, chain, agent, log } = this.#init
    const { version, revoked } = chain.current.charter
    try {
      saveCharters(home, chain)
    } catch (error) {
      // It is obeyed all the same, and the next one that is taken writes them all.
      log('error', 'charter-not-saved', { version, error: String(error) })
    }
    log('info', 'charter-taken', { version })
    for (const tag of topicTags(agent.tags, chain)) this.mesh.subscribe(tag)
    await this.mesh.rejudge()
    await this.#continuing.judgeAll()
    await this.#announcer.tell('here')
    if (revoked.peers.includes(agent.identity.peer) || revoked.grants.includes(agent.grantId))
      this.#end(new GumshoeError('revoked', `This host is revoked by version ${version} of the charter.`))
  }

  async #fetchCharters(): Promise<void> {
    if (this.#fetching) return
    this.#fetching = true
    try {
      const from = { chain: this.#init.chain, judge: this.#judge }
      for (const peer of nodesOf(this.mesh))
        await fetchCharters(await this.mesh.client(peer), from).catch(() => undefined)
    } finally {
      this.#fetching = false
    }
  }
}
