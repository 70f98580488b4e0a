import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Chaos } from '../scenario.ts'

export interface Rule {
  readonly from: readonly number[]
  readonly to: readonly number[]
  /** From 0 to 1, which is a cut wire. */
  readonly loss?: number
  /** In ms. */
  readonly delay?: number
  readonly jitter?: number
}

/** Namespaces on a switch of our own; seat 1 is this process, so that consoles and the checker need no namespace. */
export class Network {
  readonly #switch: ChildProcess
  readonly #answers: AsyncIterator<string>
  readonly #namespaces: readonly string[]
  readonly #net: string

  private constructor(process: ChildProcess, namespaces: readonly string[], net: string) {
    this.#switch = process
    this.#namespaces = namespaces
    this.#net = net
    this.#answers = createInterface({ input: process.stdout! })[Symbol.asyncIterator]()
  }

  /** So many seats beside our own; what this machine lacks is thrown. Everything is removed at the end. */
  static async make(chaos: Chaos, seats: number): Promise<Network> {
    if (process.getuid?.() !== 0) throw new Error('network namespaces need root')
    const namespaces: string[] = []
    chaos.after(() => {
      for (const name of namespaces) execFileSync('ip', ['netns', 'delete', name])
    })
    for (let i = 2; i <= seats + 1; i++) {
      const name = `chaos-${process.pid}-${i}`
      execFileSync('ip', ['netns', 'add', name], { stdio: 'pipe' })
      namespaces.push(name)
    }
    // Chosen by our own number, so that two runs on one machine have two networks.
    const net = `10.${213 + (process.pid % 8)}.${(process.pid >> 3) % 256}`
    const child = spawn('python3', [join(import.meta.dirname, 'switch.py'), net, ...namespaces], {
      stdio: ['pipe', 'pipe', 'inherit']
    })
    const network = new Network(child, namespaces, net)
    chaos.after(async () => {
      child.stdin!.end()
      if (child.exitCode === null) await once(child, 'close')
    })
    await network.#ok()
    return network
  }

  address(seat: number): string {
    return `/ip4/${this.#net}.${seat}`
  }

  /** The words that put a command into a seat's namespace. */
  at(seat: number): string[] {
    return ['ip', 'netns', 'exec', this.#namespaces[seat - 2]!]
  }

  async shape(rules: readonly Rule[]): Promise<void> {
    this.#switch.stdin!.write(`${JSON.stringify(rules)}\n`)
    await this.#ok()
  }

  async #ok(): Promise<void> {
    const { value } = await this.#answers.next()
    if (value !== 'ok') throw new Error('the switch did not start: it needs python3 and /dev/net/tun')
  }
}
