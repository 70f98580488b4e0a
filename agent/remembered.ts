import { LIMITS } from '../src/limits.ts'
import { AttachmentShelf } from '../src/store/attachments.ts'
import { Database } from '../src/store/database.ts'
import { layout } from './home.ts'
import type { AgentInit } from './init.ts'
import { Ledger } from './ledger.ts'
import { Memory } from './memory.ts'
import { type Recorded, Records, readRecords } from './records.ts'
import { keepNamed } from './still-named.ts'

/** What an agent knows of its earlier lives, as it stands in its home. */
export interface Remembered {
  readonly database: Database
  readonly memory: Memory
  readonly records: Records
  readonly ledger: Ledger
  /** What accepted actions name, until they are answered, over restarts. */
  readonly shelf: AttachmentShelf
}

/** Opens store and ledger and makes them agree after an unclean end. Throws what the store throws. */
export const openRemembered = async ({
  home,
  agent,
  clock,
  log
}: Pick<AgentInit, 'home' | 'agent' | 'clock' | 'log'>): Promise<Remembered> => {
  const path = layout(home).records
  const { database, aside, tables } = await Database.openOrSetAside(layout(home).database)
  try {
    const records = new Records(path, clock, error => log('error', 'ledger-failed', { error: String(error) }))
    const ledger = new Ledger(database, records, clock)
    const memory = await Memory.open(database, agent.openingsKey)
    const hurt = aside !== undefined || database.lost > 0
    if (hurt) log('warn', 'store-damaged', { lost: database.lost, ...(aside && { aside }), ...tables })
    await ledger.recover(() => readRecords(path))
    if (hurt || database.unclean) await recallFromLedger(memory, readRecords(path), clock.now())
    await memory.purge(clock.now())
    const shelf = await AttachmentShelf.open(database)
    await keepNamed(shelf, memory)
    return { database, memory, records, ledger, shelf }
  } catch (error) {
    await database.close().catch(() => undefined)
    throw error
  }
}

/** Where the store may have lost something, the ledger beside it still says what was run here. */
export const recallFromLedger = async (
  memory: Pick<Memory, 'decided' | 'recordElsewhere'>,
  events: readonly Recorded[],
  now: number
): Promise<void> => {
  for (const event of events) {
    // Older ones may have been forgotten on purpose; the floor stands for them.
    if (event.what !== 'run' || event.t < now - LIMITS.runRecordMs) continue
    if (memory.decided(event.action) === undefined) await memory.recordElsewhere(event.action)
  }
}
