import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { privateDirectory, readPrivate, writePrivate } from '../src/cli/home.ts'
import { decodeCbor, encodeCbor } from '../src/codec.ts'
import { rawForm } from '../src/documents/vocabulary.ts'
import { GumshoeError } from '../src/errors.ts'
import { noteSchema } from '../src/trust/note.ts'

const recordSchema = z.strictObject({
  /** The console's own short name: `a17`. */
  short: z.string(),
  id: z.string(),
  at: z.int(),
  envelope: rawForm(1 << 20),
  /** Peers whose presence matched when it was published. */
  targeted: z.array(z.string()),
  /** Names of hosts at that time, for those who are away later. */
  names: z.record(z.string(), z.string()),
  note: noteSchema.optional()
})
export type HistoryRecord = z.infer<typeof recordSchema>

/** What this console has asked, by short names that work in every command; one small file each. */
export class History {
  readonly #directory: string

  constructor(home: string) {
    this.#directory = join(home, 'actions')
  }

  list(): HistoryRecord[] {
    if (!existsSync(this.#directory)) return []
    return readdirSync(this.#directory)
      .filter(name => /^a\d+\.cbor$/.test(name))
      .sort((a, b) => Number(a.slice(1, -5)) - Number(b.slice(1, -5)))
      .flatMap(name => {
        const bytes = readPrivate(join(this.#directory, name))
        const record = recordSchema.safeParse(bytes && decodeCbor(bytes))
        return record.success ? [record.data] : []
      })
  }

  /** Keeps what is about to be published; the same action keeps its name. */
  keep(record: Omit<HistoryRecord, 'short'>): HistoryRecord {
    const known = this.list()
    const same = known.find(({ id }) => id === record.id)
    const next = Math.max(0, ...known.map(({ short }) => Number(short.slice(1)))) + 1
    const kept = { ...record, short: same?.short ?? `a${next}` }
    privateDirectory(this.#directory)
    writePrivate(join(this.#directory, `${kept.short}.cbor`), encodeCbor(kept))
    return kept
  }

  /** By short name, id, or the first digits of an id. Throws `not-found` for what is not known here; a full id is returned as it is. */
  resolve(named: string): { id: string; record?: HistoryRecord } {
    const known = this.list()
    const record =
      known.find(({ short, id }) => short === named || id === named) ??
      (named.length >= 8 ? known.find(({ id }) => id.startsWith(named)) : undefined)
    if (record) return { id: record.id, record }
    if (/^[0-9a-f]{64}$/.test(named)) return { id: named }
    throw new GumshoeError('not-found', `No action ${named} is known here.`, {
      fix: 'gumshoe actions lists them; others need their full id.'
    })
  }

  shortOf(id: string): string | undefined {
    return this.list().find(record => record.id === id)?.short
  }
}
