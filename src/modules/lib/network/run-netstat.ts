import { setImmediate as breathe } from 'node:timers/promises'
import { GumshoeError } from '../../../errors.ts'
import type { Host, Outcome, Row } from '../../spec.ts'
import { FoundRows } from '../found-rows.ts'
import { accountsOf } from '../host/accounts.ts'
import { HostFiles } from '../host/host-files.ts'
import { reasonOf } from '../host/walked.ts'
import { isGone, procOf } from '../processes/proc-read.ts'
import { parseNameServer } from './net-lists.ts'
import { emptyNamespaces, filesOf, findNamespaces, type Namespace, namespaceOf } from './net-namespaces.ts'
import { type CompiledNetstat, compileNetstat } from './netstat-checks.ts'
import type { NetstatParams } from './netstat-params.ts'
import { type Told, toldOf } from './netstat-things.ts'
import { SocketOwners } from './socket-owners.ts'

/** Things between two breaths, so that timers and signals come through. */
const SLICE = 256

/** What the kernel keeps of the network, list by list, in the host's own namespace or in each. Opens no socket. */
export async function* runNetstat(params: NetstatParams, host: Host): AsyncGenerator<Row, Outcome> {
  const run = new Run(params, host)
  yield* run.rows()
  return run.outcome()
}

class Run {
  readonly #params: NetstatParams
  readonly #host: Host
  readonly #proc: string
  readonly #files: HostFiles
  readonly #found: FoundRows
  readonly #question: CompiledNetstat
  readonly #owners: SocketOwners | undefined
  #since = 0

  constructor(params: NetstatParams, host: Host) {
    this.#params = params
    this.#host = host
    this.#proc = procOf(host.root)
    this.#files = new HostFiles(host)
    this.#found = new FoundRows(host, params.kinds)
    this.#question = compileNetstat(params, accountsOf(host.root))
    this.#owners = params.owners || params.processes ? new SocketOwners() : undefined
  }

  async *rows(): AsyncGenerator<Row> {
    try {
      const namespaces = await this.#namespaces()
      if (this.#owners !== undefined)
        for (const _ of this.#owners.read(this.#proc)) {
          if (this.#mayBreathe) await breathe()
          if (this.#over()) return
        }
      for (const [i, namespace] of namespaces.entries()) {
        for (const [kind, row] of await this.#inside(namespace, i === 0)) {
          if (!this.#found.take(kind, row)) return
          yield row
        }
        if (this.#over()) return
      }
    } catch (error) {
      // Without /proc nothing was seen at all, which is no `no`.
      this.#missed(isGone(error) ? new GumshoeError('unreadable', `There is no ${this.#proc}.`) : error)
    }
    if (this.#params.kinds.includes('dns')) yield* this.#servers()
  }

  async #namespaces(): Promise<Namespace[]> {
    const into: Namespace[] = []
    const all = this.#params.namespaces === true
    for (const missed of findNamespaces(this.#proc, { all, own: process.pid, into })) {
      if (missed !== undefined) this.#missed(missed)
      if (this.#mayBreathe) await breathe()
      if (this.#over()) return []
    }
    if (into.length === 0) this.#missed(new GumshoeError('unreadable', 'No process shows its network.'))
    if (all) this.#kept(into)
    return into
  }

  /** Namespaces that only a mount keeps: nothing that we may do leads into them. */
  #kept(namespaces: readonly Namespace[]): void {
    try {
      const empty = emptyNamespaces(this.#proc, namespaces)
      for (let i = 0; i < empty; i++)
        this.#missed(new GumshoeError('unreadable', 'No process is in a namespace that is mounted.'))
    } catch (error) {
      if (!isGone(error)) this.#missed(error)
    }
  }

  /** All that is to be told of one namespace, through whichever of its processes stays until it is read. */
  async #inside(namespace: Namespace, isHosts: boolean): Promise<Told[]> {
    for (const pid of namespace.pids) {
      const told: Told[] = []
      const before = this.#files.count.unreadable
      for (const next of this.#things(pid, namespace, isHosts)) {
        if (next !== undefined && told.length <= this.#host.limits.rows) told.push(next)
        if (this.#mayBreathe) await breathe()
        if (this.#over()) return told
      }
      // The number may have been given to another process meanwhile, which is somewhere else.
      if (this.#isIn(pid, namespace)) return told
      this.#files.count.unreadable = before
    }
    // All of them have ended, and with them, most likely, the namespace.
    return []
  }

  #isIn(pid: number, { id }: Namespace): boolean {
    try {
      return namespaceOf(this.#proc, pid) === id
    } catch {
      return false
    }
  }

  *#things(pid: number, namespace: Namespace, isHosts: boolean): Generator<Told | undefined> {
    const { root } = this.#host
    yield* toldOf({
      net: filesOf(this.#proc, pid),
      devices: isHosts ? `${root === '/' ? '' : root}/sys/class/net` : undefined,
      params: this.#params,
      neighbours: this.#neighbours(namespace, isHosts),
      question: this.#question,
      owners: this.#owners,
      namespace: this.#params.namespaces ? { namespace: namespace.id, first: namespace.pids[0]! } : {},
      saw: () => this.#files.count.seen++,
      missed: error => this.#missed(error)
    })
  }

  /** The agent asked in its own network: nobody else's neighbours are in the answer. */
  #neighbours(namespace: Namespace, isHosts: boolean): Uint8Array | undefined {
    const { root, neighbours } = this.#host
    if (neighbours === undefined || root !== '/') return isHosts ? neighbours : undefined
    return this.#isIn(process.ppid, namespace) ? neighbours : undefined
  }

  *#servers(): Generator<Row> {
    const told = new Set<string>()
    for (const path of ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'])
      for (const line of this.#files.lines(path)) {
        const address = parseNameServer(line)
        if (address === undefined || told.has(address)) continue
        told.add(address)
        this.#files.count.seen++
        const cells = this.#question.server(address)
        if (cells === undefined || cells === 'unseen') continue
        const row = { kind: 'dns', remote: address, ...cells }
        if (!this.#found.take('dns', row)) return
        yield row
      }
  }

  get #mayBreathe(): boolean {
    return this.#since % SLICE === SLICE - 1
  }

  /** Whether a limit has ended it; asked once a thing. */
  #over(): boolean {
    if (++this.#since > this.#host.limits.entries) this.#found.end('limit-entries')
    return this.#found.ended
  }

  #missed(error: unknown): void {
    this.#files.count.unreadable++
    this.#files.count.note(reasonOf(error))
  }

  outcome(): Outcome {
    return this.#found.outcome(this.#files.count)
  }
}
