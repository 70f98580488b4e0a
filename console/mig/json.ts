import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'

/** Values of a MIG action, read by where they stand: what is wrong is named by its place, `operations[0].parameters.paths`. */

export type Warn = (text: string) => void

const FIX = 'docs/mig.md says what of MIG is taken, and how.'

/** It is no action of MIG. */
export const bad = (place: string, what: string, fix = FIX): GumshoeError =>
  new GumshoeError('malformed', `${place}: ${what}${what.endsWith('?') ? '' : '.'}`, { fix })

/** MIG knows it, and Gumshoe does not. */
export const foreign = (place: string, what: string, fix = FIX): GumshoeError =>
  new GumshoeError('no-counterpart', `${place}: ${what}.`, { fix })

/** Text → what it says, whoever wrote it. Throws `malformed`, `too-large`. */
export const parseJson = (text: string, place: string): unknown => {
  if (text.length > LIMITS.migActionBytes)
    throw new GumshoeError('too-large', `${place} has more than ${LIMITS.migActionBytes} bytes.`)
  if (depthOf(text) > LIMITS.migDepth) throw bad(place, `it is nested more than ${LIMITS.migDepth} deep`)
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    const why = (cause as Error).message.replace(/\.?$/, '.')
    throw new GumshoeError('malformed', `${place} is no JSON: ${why}`, { cause, fix: FIX })
  }
}

/** Looked at before anything is built of it: what walks a value recursively could be sent down without end. */
const depthOf = (text: string): number => {
  let depth = 0
  let most = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quoted) {
      if (c === '\\') i++
      else if (c === '"') quoted = false
    } else if (c === '"') quoted = true
    else if (c === '{' || c === '[') most = Math.max(most, ++depth)
    else if (c === '}' || c === ']') depth--
  }
  return most
}

/** A stranger's word in a sentence of ours: on one line, and not long. */
export const shown = (word: string): string =>
  /^[\w./ -]{1,64}$/.test(word) ? word : JSON.stringify(word.length > 64 ? `${word.slice(0, 64)}…` : word)

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The members of one object, under whatever case they are written: Go reads them so. */
export class Members {
  readonly place: string
  readonly #values = new Map<string, unknown>()
  readonly #names = new Map<string, string>()

  constructor(value: unknown, place: string) {
    if (!isObject(value)) throw bad(place, 'an object is wanted')
    this.place = place
    for (const [name, member] of Object.entries(value)) {
      // Go takes null for what is not there.
      if (member === null) continue
      const lower = name.toLowerCase()
      if (this.#values.has(lower)) throw bad(this.at(name), 'it stands there twice')
      this.#values.set(lower, member)
      this.#names.set(lower, name)
    }
  }

  at(name: string): string {
    return `${this.place}${this.place === '' ? '' : '.'}${shown(name)}`
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  get(name: string): unknown {
    return this.#values.get(name)
  }

  /** Throws where there is anything that is not known. */
  only(known: readonly string[]): void {
    for (const [lower, name] of this.#names)
      if (!known.includes(lower)) throw foreign(this.at(name), 'MIG has no such member')
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name)
    if (value !== undefined && typeof value !== 'string') throw bad(this.at(name), 'a text is wanted')
    return value
  }

  number(name: string): number | undefined {
    const value = this.#values.get(name)
    if (value === undefined) return undefined
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
      throw bad(this.at(name), 'a number is wanted')
    return value
  }

  whole(name: string): number | undefined {
    const value = this.number(name)
    if (value !== undefined && !Number.isInteger(value)) throw bad(this.at(name), 'a whole number is wanted')
    return value
  }

  flag(name: string): boolean {
    const value = this.#values.get(name)
    if (value !== undefined && typeof value !== 'boolean') throw bad(this.at(name), 'true or false is wanted')
    return value === true
  }

  /** The list without what stands in it twice; none where it is empty. Throws where a value is no text, or empty. */
  texts(name: string): string[] | undefined {
    const value = this.#values.get(name)
    if (value === undefined) return undefined
    if (!Array.isArray(value)) throw bad(this.at(name), 'a list of texts is wanted')
    for (const [i, one] of value.entries())
      if (typeof one !== 'string' || one === '') throw bad(`${this.at(name)}[${i}]`, 'a text is wanted')
    return value.length === 0 ? undefined : [...new Set(value as string[])]
  }

  members(name: string): Members | undefined {
    const value = this.#values.get(name)
    return value === undefined ? undefined : new Members(value, this.at(name))
  }
}
