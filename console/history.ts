import { closeSync, existsSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { privateDirectory, readPrivate, writePrivate } from '../src/cli/home.ts'
import { decodeCbor, encodeCbor } from '../src/codec.ts'
import { fingerprintForm, rawForm } from '../src/documents/vocabulary.ts'
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
  note: noteSchema.optional(),
  /** Keywraps that no bootstrap node has yet, because none was left when it was asked. */
  owed: z.array(z.strictObject({ reader: fingerprintForm, box: rawForm(8 * 1024) })).optional()
})
export type HistoryRecord = z.infer<typeof recordSchema>

const FILE = /^a(\d+)\.cbor$/
const numberOf = (name: string): number => Number(FILE.exec(name)![1])

/** None where the file is damaged, or being written: the others are not lost by it. */
const recordIn = (path: string): HistoryRecord[] => {
  try {
    const record = recordSchema.safeParse(decodeCbor(readPrivate(path) ?? new Uint8Array()))
    return record.success ? [record.data] : []
  } catch (error) {
    if (error instanceof GumshoeError && error.code === 'home-open') throw error
    return []
  }
}

/** What this console has asked, by short names that work in every command; one small file each. */
export class History {
  readonly #directory: string

  constructor(home: string) {
    this.#directory = join(home, 'actions')
  }

  list(): HistoryRecord[] {
    if (!existsSync(this.#directory)) return []
    return readdirSync(this.#directory)
      .filter(name => FILE.test(name))
      .sort((a, b) => numberOf(a) - numberOf(b))
      .flatMap(name => recordIn(join(this.#directory, name)))
  }

  /** Keeps what is about to be published; the same action keeps its name. */
  keep(record: Omit<HistoryRecord, 'short'>): HistoryRecord {
    privateDirectory(this.#directory)
    const short = this.list().find(({ id }) => id === record.id)?.short ?? this.#reserve()
    const kept = { ...record, short }
    writePrivate(join(this.#directory, `${short}.cbor`), encodeCbor(kept))
    return kept
  }

  /** Forgets what was never published after all. */
  forget({ short }: Pick<HistoryRecord, 'short'>): void {
    rmSync(join(this.#directory, `${short}.cbor`), { force: true })
  }

  /** The name that the next action will probably have. */
  next(): string {
    const names = existsSync(this.#directory) ? readdirSync(this.#directory) : []
    return `a${Math.max(0, ...names.filter(name => FILE.test(name)).map(numberOf)) + 1}`
  }

  /** A name of its own, also where two commands ask at the same moment. */
  #reserve(): string {
    for (;;) {
      const short = this.next()
      try {
        closeSync(openSync(join(this.#directory, `${short}.cbor`), 'wx', 0o600))
        return short
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
    }
  }

  /** By short name, id, or the first digits of an id; undefined where this console did not ask it. */
  find(named: string): HistoryRecord | undefined {
    const known = this.list()
    const exact = known.find(({ short, id }) => short === named || id === named)
    return exact ?? (named.length >= 8 ? known.find(({ id }) => id.startsWith(named)) : undefined)
  }

  /** The same. Throws `not-found` for what is not known here; a full id is returned as it is. */
  resolve(named: string): { id: string; record?: HistoryRecord } {
    const record = this.find(named)
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

/** A preview reserves no name, so that a question that is not asked uses up none: where another console took it, that is said. */
export const sayName = (short: string, previewed: string | undefined): string =>
  previewed === undefined || previewed === short
    ? short
    : `${short} (another console took ${previewed} since the preview)`
