import { GumshoeError } from '../../../errors.ts'
import type { HostFiles } from './host-files.ts'

/** What fits beside everything else into the memory of a run. */
const MOST = 192 << 20

/** Where a database's header says by which journal it is written (fileformat2, 1.3): 1 a rollback journal, 2 a WAL. */
const VERSIONS = [18, 19] as const

type Value = null | number | bigint | string | Uint8Array

interface InMemory {
  deserialize(bytes: Uint8Array): void
}

/**
 * Rows of one query on a database of the host: a copy in memory, so that the file is opened through the root, never locked
 * and never written. What a write-ahead log holds that is not in the file yet is told as skipped. Empty where there is no
 * such file; one that is no sound database, or lacks the table, is counted as unreadable.
 */
export function* readSqlite(
  files: HostFiles,
  path: string,
  table: string,
  query: string
): Generator<readonly Value[]> {
  const bytes = files.read(path, MOST)
  if (bytes === undefined || bytes.length === 0) return
  if (bytes.length >= MOST) return
  const log = files.look(`${path}-wal`)
  if (log !== undefined && log.size > 0) files.count.skip('newer-in-log')
  for (const at of VERSIONS) if (bytes[at] === 2) bytes[at] = 1
  // Loaded where a host has such a file, and not with every program.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  const database = new DatabaseSync(':memory:', { allowExtension: false })
  try {
    ;(database as unknown as InMemory).deserialize(bytes)
    database.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON')
    // A view of a hostile file may never end, and a virtual table runs code.
    const made = database
      .prepare("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?")
      .get(table)
    if (!/^CREATE TABLE/i.test(String(made?.['sql']))) throw new Error(`There is no table ${table}.`)
    for (const row of database.prepare(query).iterate() as Iterable<Record<string, Value>>)
      yield Object.values(row)
  } catch (error) {
    files.count.missed(new GumshoeError('unreadable', 'It is no sound database.', { cause: error }))
  } finally {
    database.close()
  }
}
