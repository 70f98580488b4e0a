import { digestIn, unwrapRecord } from './record.ts'

export interface Entry {
  readonly key: string
  /** Absent where the record is damaged. */
  readonly value?: Uint8Array
  /** What the record says of key and value, where they hold to it. */
  readonly digest?: Uint8Array
}

/** As LevelDB hands out records. */
interface Records {
  nextv(count: number): Promise<[name: string, record: Uint8Array][]>
  close(): Promise<void>
}

/** Records that are read at a time: each reading waits for another thread, which costs as much as dozens of records. */
const AT_ONCE = 1_000
/** Fewer where they are large. */
export const PAGE_BYTES = 256 * 1_024

/** All of them, a page at a time, each checked. */
export async function* pagesOf(records: Records, shelf: string): AsyncGenerator<Entry[]> {
  try {
    for (;;) {
      const page = await records.nextv(AT_ONCE)
      if (page.length === 0) return
      yield page.map(([name, record]) => entryOf(shelf, name, record))
    }
  } finally {
    await records.close()
  }
}

const entryOf = (shelf: string, name: string, record: Uint8Array): Entry => {
  const key = name.slice(shelf.length + 1)
  const value = unwrapRecord(name, record)
  return value === undefined ? { key } : { key, value, digest: digestIn(record) }
}
