import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { privateDirectory, readPrivate, writePrivate } from '../src/cli/home.ts'
import { decodeCbor, encodeCbor } from '../src/codec.ts'
import { rawForm } from '../src/documents/vocabulary.ts'
import { GumshoeError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Dictionary } from './answers/dictionary.ts'

const words = z.array(rawForm(LIMITS.knownWordBytes))
const sourceSchema = z.strictObject({
  v: z.literal(1),
  /** Where the words come from, in a person's words: `web-01 (a7)`, `packages.txt`. */
  from: z.string().max(300),
  at: z.int(),
  components: words,
  values: words
})

export interface KnownSource extends z.infer<typeof sourceSchema> {
  /** The console's own short name: `k1`. */
  readonly name: string
}

const FILE = /^k(\d+)\.cbor$/
const numberOf = (file: string): number => Number(FILE.exec(file)![1])
const size = ({ components, values }: Dictionary): number => components.length + values.length

/** What this console has learnt of ordinary names, one file a source; it never leaves the home. */
export class KnownWords {
  readonly #directory: string

  constructor(home: string) {
    this.#directory = join(home, 'known')
  }

  list(): KnownSource[] {
    if (!existsSync(this.#directory)) return []
    return readdirSync(this.#directory)
      .filter(file => FILE.test(file))
      .sort((a, b) => numberOf(a) - numberOf(b))
      .flatMap(file => this.#read(file))
  }

  /** Every word of every source. */
  all(): Dictionary {
    const sources = this.list()
    return {
      components: sources.flatMap(({ components }) => components),
      values: sources.flatMap(({ values }) => values)
    }
  }

  /** Throws `too-large` where all sources together would be more than a console tries against each answer. */
  add(from: string, found: Dictionary, at: number): KnownSource {
    const known = this.list()
    const sum = known.reduce((total, source) => total + size(source), size(found))
    if (sum > LIMITS.knownWords)
      throw new GumshoeError(
        'too-large',
        `The console would know ${sum} words, at most ${LIMITS.knownWords}.`,
        {
          fix: 'gumshoe known list shows what there is, gumshoe known forget makes room.'
        }
      )
    privateDirectory(this.#directory)
    const name = `k${Math.max(0, ...known.map(source => Number(source.name.slice(1)))) + 1}`
    const source = { v: 1 as const, from, at, components: [...found.components], values: [...found.values] }
    writePrivate(join(this.#directory, `${name}.cbor`), encodeCbor(source))
    return { ...source, name }
  }

  /** Throws `not-found`. */
  forget(name: string): void {
    if (!this.list().some(source => source.name === name))
      throw new GumshoeError('not-found', `There is no source ${name}.`, {
        fix: 'gumshoe known list names them.'
      })
    rmSync(join(this.#directory, `${name}.cbor`), { force: true })
  }

  /** None where the file is damaged: a dictionary is a help, and an answer is shown without it. */
  #read(file: string): KnownSource[] {
    try {
      const bytes = readPrivate(join(this.#directory, file)) ?? new Uint8Array()
      const read = sourceSchema.safeParse(decodeCbor(bytes))
      return read.success ? [{ ...read.data, name: file.replace(/\.cbor$/, '') }] : []
    } catch (error) {
      if (error instanceof GumshoeError && error.code === 'home-open') throw error
      return []
    }
  }
}
