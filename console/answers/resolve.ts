import { safeBytes, safeText } from '../../src/cli/safe-text.ts'
import { toHex, utf8Bytes } from '../../src/codec.ts'
import type { WireCell } from '../../src/documents/wire-row.ts'
import { type Column, type ModuleSpec, moduleId } from '../../src/modules/spec.ts'
import { commitKey, commitment, committer, splitPath } from '../../src/trust/commit.ts'
import { ordinaryWords } from '../ordinary/words.ts'
import { type Dictionary, NO_WORDS } from './dictionary.ts'

/** A cell as it can be shown: parts that are known, and parts that stay dark. */
export interface Shown {
  readonly text: string
  /** For JSON Lines: components with null where dark, or the value. */
  readonly json: unknown
  readonly dark: boolean
}

/** The last moment that a Date holds: a host may say a later one, and nothing throws for it. */
const LAST_MS = 8.64e15

/** How a commitment is shown: the first digits in ⟨⟩. */
const darkText = (bytes: Uint8Array): string => `⟨${toHex(bytes).slice(0, 4)}⟩`

/** Resolves commitments to what can honestly be guessed: the question's own literals, ordinary words, and what was revealed. */
export class Resolver {
  /** By column, by commitment. */
  readonly #known = new Map<string, Map<string, Uint8Array>>()
  readonly #literals: readonly string[]
  readonly #key: Uint8Array
  readonly #module: string

  readonly #columns: ModuleSpec['columns']
  readonly #dictionary: Dictionary
  readonly #name: string
  /** Columns that all words were tried against: there are many, and most columns are never looked at. */
  readonly #tried = new Set<string>()

  constructor(
    action: string,
    spec: ModuleSpec,
    literals: readonly string[],
    /** What this console has learnt of ordinary names. */
    dictionary: Dictionary = NO_WORDS
  ) {
    this.#columns = spec.columns
    this.#dictionary = dictionary
    this.#key = commitKey(action)
    this.#module = moduleId(spec)
    this.#name = spec.name
    this.#literals = literals
    const guesses = new Map<string, Uint8Array>()
    const add = (bytes: Uint8Array) => guesses.set(toHex(bytes), bytes)
    for (const literal of literals) {
      add(utf8Bytes(literal))
      for (const component of splitPath(utf8Bytes(literal)).components) add(component)
    }
    for (const [name, column] of Object.entries(spec.columns)) {
      if (column.secrecy === 'private') for (const guess of guesses.values()) this.learn(name, guess)
    }
  }

  /** A value that is known from now on in this column: from a dictionary, or opened by a reveal. */
  learn(column: string, value: Uint8Array): void {
    this.#in(column).set(keyOf(commitment(this.#key, this.#module, column, value)), value)
  }

  isKnown(column: string, committed: Uint8Array): boolean {
    return this.#value(column, committed) !== undefined
  }

  show(name: string, column: Column | undefined, cell: WireCell | undefined): Shown {
    if (cell === undefined) return { text: '', json: null, dark: false }
    if (cell instanceof Uint8Array) return plain(safeBytes(cell), jsonOf(cell))
    if (typeof cell === 'number' && column?.type === 'time' && Math.abs(cell) <= LAST_MS)
      return plain(new Date(cell).toISOString().slice(0, 16).replace('T', ' '), cell)
    if (typeof cell !== 'object') return plain(safeText(String(cell)), cell)
    if ('g' in cell) return plain(safeText(this.#literals[cell.g] ?? '?'), { literal: cell.g })
    if ('c' in cell) {
      const value = this.#value(name, cell.c)
      return value
        ? plain(safeBytes(value), jsonOf(value))
        : { text: darkText(cell.c), json: { c: toHex(cell.c) }, dark: true }
    }
    const components = 'p' in cell ? cell.p : cell.r
    const values = components.map(component => this.#value(name, component))
    const words = components.map((component, i) => (values[i] ? safeBytes(values[i]) : darkText(component)))
    return {
      text: ('p' in cell ? '/' : '') + words.join('/'),
      json: { c: components.map(toHex), known: values.map(value => (value ? jsonOf(value) : null)) },
      dark: values.includes(undefined)
    }
  }

  #in(column: string): Map<string, Uint8Array> {
    const known = this.#known.get(column) ?? new Map<string, Uint8Array>()
    this.#known.set(column, known)
    return known
  }

  #value(column: string, committed: Uint8Array): Uint8Array | undefined {
    const key = keyOf(committed)
    const known = this.#known.get(column)?.get(key)
    if (known !== undefined || this.#tried.has(column)) return known
    this.#tried.add(column)
    this.#tryAll(column)
    return this.#known.get(column)?.get(key)
  }

  /** Ordinary words, and what this console has learnt of others. */
  #tryAll(name: string): void {
    const column = this.#columns[name]
    if (column?.secrecy !== 'private') return
    const commit = committer(this.#key, this.#module, name)
    const known = this.#in(name)
    for (const word of ordinaryWords(this.#name, name, column)) known.set(keyOf(commit(word)), word)
    const { components, values } = this.#dictionary
    for (const word of column.type === 'path' ? components : values) known.set(keyOf(commit(word)), word)
  }
}

/** Half as long as hex: there are tens of thousands. */
const keyOf = (committed: Uint8Array): string => Buffer.from(committed).toString('latin1')

const plain = (text: string, json: unknown): Shown => ({ text, json, dark: false })

const jsonOf = (bytes: Uint8Array): unknown => {
  try {
    return { t: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { hex: toHex(bytes) }
  }
}
