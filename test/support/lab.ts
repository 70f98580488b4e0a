import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { startAgent } from '../../agent/agent.ts'
import { layout } from '../../agent/home.ts'
import { type RunningNode, startBootstrap } from '../../bootstrap-nodes/node.ts'
import type { AdminContext } from '../../console/admin/context.ts'
import { wrapInventory } from '../../console/admin/inventory.ts'
import { saveChain } from '../../console/admin/mesh-home.ts'
import { knownHosts } from '../../console/answers/hosts.ts'
import type { KnownHost } from '../../console/answers/known-host.ts'
import { ask } from '../../console/ask/ask.ts'
import { type Connected, connect } from '../../console/connect.ts'
import { keepSecretKey } from '../../console/keys/store.ts'
import { freePort } from '../../console/tour/fleet.ts'
import { privateDirectory } from '../../src/cli/home.ts'
import { makeOutput } from '../../src/cli/out.ts'
import type { Clock } from '../../src/clock.ts'
import { parseTarget } from '../../src/documents/target/parse.ts'
import type { Mesh } from '../../src/mesh/mesh.ts'
import { createMesh } from '../../src/mesh/node.ts'
import type { SyncPort } from '../../src/mesh/sync/ports.ts'
import { file } from '../../src/modules/file.ts'
import { CharterChain } from '../../src/trust/charter-chain.ts'
import { judgeCard } from '../../src/trust/membership.ts'
import { AGENT_LAUNCHER } from './launchers.ts'
import { makeTestMesh, NOW, type TestAgent, type TestMesh, testClock } from './mesh.ts'

export interface LabHost {
  readonly name: string
  readonly root: string
  readonly home: string
  readonly member: TestAgent
  readonly mesh: Mesh
  /** Events of its own records. */
  records(): Record<string, unknown>[]
  stop(): Promise<void>
}

export interface Asked {
  readonly status: number | 'edit'
  /** JSON Lines of the result. */
  readonly records: Record<string, unknown>[]
  readonly id: string
  /** What `--json` leaves on standard error. */
  readonly said: string
}

const quiet = (): void => undefined

/** Where a console's words go. */
class Sink {
  readonly isTTY = false as const
  readonly columns = 100
  text = ''

  write(text: string): boolean {
    this.text += text
    return true
  }
}

/**
 * A real mesh in this one process, on loopback: bootstrap nodes whose served port a test may wrap, agents that run the
 * true modules in children, consoles. Its clock stands at NOW.
 */
export class Lab {
  readonly trust: TestMesh
  readonly directory: string
  readonly #ports: ReadonlyMap<string, number>
  readonly #ends: (() => Promise<void>)[] = []

  private constructor(trust: TestMesh, directory: string, ports: ReadonlyMap<string, number>) {
    this.trust = trust
    this.directory = directory
    this.#ports = ports
  }

  /** A charter with these nodes; everything is stopped and removed after the test. */
  static async make(
    t: Pick<TestContext, 'after'>,
    names: readonly string[] = ['north', 'south']
  ): Promise<Lab> {
    const trust = await makeTestMesh({ nodes: names })
    const ports = new Map<string, number>()
    for (const name of names) ports.set(name, await freePort())
    const inventory = await wrapInventory(trust.inventory.privateKey, trust.charter, NOW)
    const nodes = trust.charter.nodes.map(({ name, peer }) => ({
      name,
      peer,
      addresses: [`/ip4/127.0.0.1/tcp/${ports.get(name)}/p2p/${peer}`]
    }))
    await trust.advance({ nodes, inventory })
    const directory = mkdtempSync(join(tmpdir(), 'gumshoe-lab-'))
    const lab = new Lab(trust, directory, ports)
    t.after(async () => {
      await lab.stop()
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
    })
    // A run starts a child from the launcher of its own program: here that is a test, so the agent's is named.
    process.argv[1] = AGENT_LAUNCHER
    return lab
  }

  chain(): Promise<CharterChain> {
    return CharterChain.open([...this.trust.chain.envelopes()], NOW)
  }

  homeOf(name: string): string {
    return join(this.directory, name)
  }

  async startHub(name: string, wrapPort?: (port: SyncPort) => SyncPort): Promise<RunningNode> {
    const at = this.trust.charter.nodes.findIndex(node => node.name === name)
    const identity = this.trust.nodes[at]!
    privateDirectory(this.homeOf(name))
    const running = await startBootstrap({
      home: this.homeOf(name),
      node: {
        kind: 'gumshoe/node-identity/1',
        seed: identity.seed,
        name,
        listen: [`/ip4/127.0.0.1/tcp/${this.#ports.get(name)}`],
        announce: [],
        identity
      },
      chain: await this.chain(),
      clock: testClock,
      log: quiet,
      ...(wrapPort && { wrapPort })
    })
    return this.#stopping(running)
  }

  /** An enrolled agent for a file system of its own. */
  async startHost(
    name: string,
    files: Readonly<Record<string, string>>,
    clock: Clock = testClock
  ): Promise<LabHost> {
    const root = join(this.directory, 'roots', name)
    for (const [path, text] of Object.entries({ 'etc/hostname': `${name}\n`, ...files })) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    const member = await this.trust.enrol()
    const home = this.homeOf(name)
    privateDirectory(home)
    const running = await startAgent({
      home,
      root,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      announce: [],
      agent: {
        identity: member.identity,
        openingsKey: new Uint8Array(32).fill(7),
        membership: member.membership,
        grant: member.grant,
        grantId: member.grantId,
        tags: member.tags,
        leaf: false
      },
      chain: await this.chain(),
      settings: { modulesOff: [], disclosuresOff: [], limits: {} },
      fence: 'reduced',
      clock,
      log: quiet
    })
    const records = (): Record<string, unknown>[] =>
      readFileSync(layout(home).records, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line))
    return Object.assign(this.#stopping(running), { name, root, home, member, records })
  }

  /** Joins as this agent without running one: a test double. */
  async joinAs(member: TestAgent): Promise<Mesh> {
    const chain = await this.chain()
    const mesh = await createMesh(
      { role: 'agent', seed: member.identity.seed, mesh: chain.mesh, listen: [], tags: [] },
      {
        card: () => member.card,
        judge: (card, peer) => judgeCard(card, peer, chain, NOW),
        judgeGossip: async () => 'ignore',
        hubs: () => new Map(chain.current.charter.nodes.map(({ peer, addresses }) => [peer, addresses])),
        log: quiet
      },
      testClock
    )
    return this.#stopping(mesh)
  }

  /** The context of a person's commands, with a home that has the charter and the person's key. */
  async context(name: string): Promise<AdminContext> {
    const home = this.homeOf(name)
    privateDirectory(home)
    saveChain(home, await this.chain())
    keepSecretKey(home, this.trust.who(name).key)
    return {
      home,
      clock: testClock,
      say: quiet,
      tell: quiet,
      passphrase: async () => undefined,
      confirm: async () => true,
      refresh: async () => undefined,
      publish: async () => undefined,
      words: () => undefined
    }
  }

  async connect(context: AdminContext): Promise<Connected> {
    const connected = await connect(context)
    this.#ends.push(() => connected.close())
    return connected
  }

  hosts(connected: Connected): Promise<readonly KnownHost[]> {
    return knownHosts(connected)
  }

  /** Asks everybody a question of the file module and follows it, as `gumshoe file … --json` does. */
  async ask(connected: Connected, flags: Readonly<Record<string, unknown>>, waitMs = 30_000): Promise<Asked> {
    const [out, err] = [new Sink(), new Sink()]
    const output = makeOutput({ json: true }, { out, err, environment: {} })
    const params = JSON.parse(JSON.stringify(file.fromFlags(flags, NOW)))
    const status = await ask(
      connected,
      {
        operations: [{ id: 'o1', module: 'file/1', params }],
        target: parseTarget('all'),
        disclosure: 'hashed',
        limits: {},
        note: {}
      },
      {
        yes: true,
        dryRun: false,
        detach: false,
        waitMs,
        exitFound: false,
        signal: new AbortController().signal
      },
      output
    )
    const records = out.text
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line))
    return { status, records, said: err.text, id: String(records.find(({ type }) => type === 'action')?.id) }
  }

  async stop(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end()
  }

  #stopping<T extends { stop(): Promise<void> }>(running: T): T {
    const stop = running.stop.bind(running)
    let stopped: Promise<void> | undefined
    const once = () => (stopped ??= stop())
    this.#ends.push(once)
    return Object.assign(running, { stop: once })
  }
}
