import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Ledger } from '../../agent/ledger.ts'
import { Memory } from '../../agent/memory.ts'
import { Records, readRecords } from '../../agent/records.ts'
import { Replies } from '../../agent/reply.ts'
import { GumshoeError } from '../../src/errors.ts'
import type { Caller, SyncClient } from '../../src/mesh/sync/ports.ts'
import { Database } from '../../src/store/database.ts'
import type { Identity } from '../../src/trust/identity.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { type TestMesh, testClock } from './mesh.ts'

type After = Pick<TestContext, 'after'>

export const temporary = (t: After): string => {
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-agent-'))
  t.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }))
  return directory
}

export const OPENINGS_KEY = new Uint8Array(32).fill(7)

/** What an agent remembers, in a directory that can be opened again as after a restart. */
export class TestMemory {
  readonly directory: string
  memory!: Memory
  database!: Database

  private constructor(directory: string) {
    this.directory = directory
  }

  static async open(t: After): Promise<TestMemory> {
    const directory = mkdtempSync(join(tmpdir(), 'gumshoe-memory-'))
    const opened = new TestMemory(join(directory, 'db'))
    await opened.#open()
    t.after(async () => {
      await opened.database.close()
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
    })
    return opened
  }

  /** Closes and opens it again. */
  async restart(): Promise<void> {
    await this.database.close()
    await this.#open()
  }

  async #open(): Promise<void> {
    this.database = await Database.open(this.directory)
    this.memory = await Memory.open(this.database, OPENINGS_KEY)
  }
}

/** Replies of one agent whose ledger lies in a temporary directory. */
export const testReplies = (
  t: After,
  mesh: TestMesh,
  { memory, database }: Pick<TestMemory, 'memory' | 'database'>,
  change: { deliver?: () => void; outboxBytes?: number } = {}
): {
  replies: Replies
  identity: Identity
  events: () => ReturnType<typeof readRecords>
  records: Records
  ledger: Ledger
} => {
  const path = join(temporary(t), 'records.jsonl')
  const identity = makeIdentity()
  const records = new Records(path, testClock)
  const ledger = new Ledger(database, records, testClock)
  const replies = new Replies({
    clock: testClock,
    chain: mesh.chain,
    identity,
    memory,
    ledger,
    deliver: () => undefined,
    ...change
  })
  return { replies, identity, records, ledger, events: () => readRecords(path) }
}

/** A client that refuses every verb but those that a test gives. */
export const testClient = (peer: string, verbs: Partial<SyncClient>): SyncClient => {
  const refuse = async (): Promise<never> => {
    throw new GumshoeError('unreached', 'The test did not say what this verb does.')
  }
  return {
    peer,
    caller: nodeCaller(peer),
    hello: refuse,
    put: refuse,
    want: refuse,
    putChunk: refuse,
    wantChunk: refuse,
    charters: async () => [],
    open: async () => ({ missing: [], cancels: [] }),
    head: async () => undefined,
    neighbours: async () => [],
    present: async () => ({ peers: [], whole: false }),
    follow: async function* () {
      yield* []
    },
    ...verbs
  }
}

export const nodeCaller = (peer: string): Caller => ({ role: 'node', peer, name: 'north' })
