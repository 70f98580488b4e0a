import { toHex, utf8Bytes } from '../../src/codec.ts'
import type { WireRow } from '../../src/documents/wire-row.ts'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import type { ModuleSpec } from '../../src/modules/spec.ts'
import { splitPath } from '../../src/trust/commit.ts'

/** Words that commitments are tried against: components for paths, whole values for every other private column. */
export interface Dictionary {
  readonly components: readonly Uint8Array[]
  readonly values: readonly Uint8Array[]
}

export const NO_WORDS: Dictionary = { components: [], values: [] }

/** Gathers words, each once. Throws `too-large` above what a console keeps. */
export class Gatherer {
  readonly #components = new Map<string, Uint8Array>()
  readonly #values = new Map<string, Uint8Array>()

  get words(): Dictionary {
    return { components: [...this.#components.values()], values: [...this.#values.values()] }
  }

  addPath(path: Uint8Array): void {
    for (const component of splitPath(path).components) this.#add(this.#components, component)
  }

  addValue(value: Uint8Array): void {
    this.#add(this.#values, value)
  }

  /** What a host said in clear in its private columns. */
  addRow({ columns }: Pick<ModuleSpec, 'columns'>, row: WireRow): void {
    for (const [name, cell] of Object.entries(row)) {
      const column = columns[name]
      if (column?.secrecy !== 'private' || typeof cell === 'number' || typeof cell === 'boolean') continue
      const bytes = typeof cell === 'string' ? utf8Bytes(cell) : cell instanceof Uint8Array ? cell : undefined
      if (bytes === undefined) continue
      if (column.type === 'path') this.addPath(bytes)
      else this.addValue(bytes)
    }
  }

  /** Lines of a list: paths, or words that may be a component or a whole value. */
  addLines(text: string): void {
    for (const line of text.split(/\r?\n/)) {
      const bytes = utf8Bytes(line.trim())
      if (bytes.length === 0) continue
      this.addPath(bytes)
      this.addValue(bytes)
    }
  }

  #add(words: Map<string, Uint8Array>, word: Uint8Array): void {
    if (word.length === 0 || word.length > LIMITS.knownWordBytes) return
    words.set(toHex(word), word)
    if (this.#components.size + this.#values.size > LIMITS.knownWords)
      throw new GumshoeError('too-large', `A dictionary has at most ${LIMITS.knownWords} words.`, {
        fix: 'Narrow the question, or split the list; gumshoe known forget makes room.'
      })
  }
}
