import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import type { Warn } from './json.ts'

const LONGEST = 64

/** Labels as ours are written, each once in its operation: MIG takes any character. */
export class Labels {
  readonly #taken = new Set<string>()

  /** Of one search of MIG. */
  of(label: string, place: string, warn: Warn): string {
    const plain = label.replace(/[^a-zA-Z0-9_.-]/g, '_').slice(0, LONGEST)
    const made = this.next(plain === '' ? 'search' : plain === '__proto__' ? 'proto' : plain)
    if (made !== label) warn(`${place}: the label is ${made} here.`)
    return made
  }

  /** The label, or `label.2` where it is there already, however long it is. */
  next(label: string): string {
    let made = label
    for (let n = 2; this.#taken.has(made); n++) made = `${label.slice(0, LONGEST - `.${n}`.length)}.${n}`
    this.#taken.add(made)
    return made
  }
}

/** Lists of as many as fit. */
export const inParts = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size))

/** Throws `too-large` before a few searches become very many. */
export const checkCount = (count: number, place: string): void => {
  const most = LIMITS.searches * LIMITS.operations
  if (count > most)
    throw new GumshoeError('too-large', `${place} is more than ${most} searches.`, {
      fix: 'Split the action of MIG.'
    })
}
