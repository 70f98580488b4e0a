import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import { type Composition, operationsFrom } from '../ask/composition.ts'
import type { Warn } from './json.ts'
import { operationsOf } from './operations.ts'
import { readMigAction } from './read-action.ts'
import { targetOfSql } from './sql-target.ts'

export interface Imported {
  readonly composition: Composition
  /** What is not as MIG has it, each in a sentence. */
  readonly warnings: readonly string[]
}

/**
 * The text of a MIG action → what `gumshoe compose` takes. Relative times become absolute against now. With a target of
 * the asker's own, MIG's is not read. Throws `malformed`, `no-counterpart`, `bad-target`, `bad-params`, `too-large`.
 */
export const importMigAction = (text: string, now: number, target?: string): Imported => {
  const action = readMigAction(text)
  const warnings: string[] = []
  const warn: Warn = warning => void (warnings.includes(warning) || warnings.push(warning))
  const written = operationsOf(action.operations, now, warn)
  if (written.length > LIMITS.operations)
    throw new GumshoeError(
      'too-large',
      `operations: they are ${written.length} of ours, and an action has at most ${LIMITS.operations}.`,
      { fix: 'Split the action of MIG.' }
    )
  const operations = written.map((operation, i) => ({ id: `o${i + 1}`, ...operation }))
  // What no module takes is said here, not when it is asked.
  check(operations, now)
  const { description, threat, windowMs } = action
  const composition = {
    target: target ?? targetOfSql(action.target, warn),
    title: wordsOf(action.name, 200),
    ...(description && { description: wordsOf(description, 1_000) }),
    ...(threat && { threat: wordsOf(threat, 1_000) }),
    ...(windowMs !== undefined && { expires: durationOf(windowMs) }),
    operations
  }
  return { composition, warnings }
}

const check = (operations: Composition['operations'], now: number): void => {
  try {
    operationsFrom(operations, now, unresolved)
  } catch (error) {
    if (!(error instanceof GumshoeError)) throw error
    // It quotes what a stranger wrote, who must not write lines of ours.
    const { code, message, fix } = error
    throw new GumshoeError(code, message.replace(/\s*[\r\n]\s*/g, ' '), { cause: error, fix })
  }
}

const unresolved = (name: string): string => {
  throw new GumshoeError('not-found', `There is no action ${name}.`)
}

/** Text of a stranger as a note takes it. */
const wordsOf = (text: string, most: number): string =>
  text
    .normalize('NFC')
    .replace(/[\s\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, most)
    .replace(/[\ud800-\udbff]$/, '') || 'imported from MIG'

/** `90s`, `15m`, `24h`, as --expires is written: never shorter than it was. */
const durationOf = (ms: number): string => {
  const [unit, each] = [
    ['s', 1_000],
    ['m', 60_000],
    ['h', 3_600_000],
    ['d', 86_400_000]
  ].find(([, size]) => ms / Number(size) <= 9_999) ?? ['d', 86_400_000]
  return `${Math.min(999_999, Math.max(1, Math.ceil(ms / Number(each))))}${unit}`
}
