import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { GumshoeError } from '../errors.ts'

/**
 * LevelDB ends the whole process where it merges a table whose keys are out of order, which flipped bytes can do: a
 * program that opens such a store dies within a moment of it, at each start. So a number beside the store counts the
 * openings that did not outlive it.
 */

/** So many deaths in a row are the store's doing. */
const DEATHS = 5
/**
 * After so many everything is merged at once: a store that is not the cause shows it before its program is up, and whoever is
 * killed within a second of each start, for want of memory or by a chaos test, does not lose it.
 */
const MERGE_AFTER = 2
/** LevelDB begins to merge as soon as it is open. */
const OUTLIVED_MS = 1_000

export interface Trial {
  /** Whether enough openings have ended that it is to be merged before it is used. */
  readonly suspect: boolean
  /** It was opened, or made whole: from a moment later on it counts for nothing. */
  opened(): void
  /** It did not open, and the process lives: what was counted before stands. */
  failed(): void
  /** It is closed. */
  over(): void
}

export const trialOf = (directory: string): string => `${directory}.opening`

const deaths = (directory: string): number => {
  try {
    return Number(readFileSync(trialOf(directory), 'utf8')) || 0
  } catch {
    return 0
  }
}

/** Whether the last opening of this store did not outlive it. */
export const hasDied = (directory: string): boolean => deaths(directory) > 0

/** Throws `store-damaged` where opening this store has ended every process that tried, too often for chance. */
export const refuseDeadly = (directory: string): void => {
  if (deaths(directory) >= DEATHS)
    throw new GumshoeError('store-damaged', `Opening ${directory} has ended the program again and again.`)
}

/** Not synced: it is about processes, and a disk that takes no more must not keep a store closed. Never throws. */
const say = (directory: string, count: number): void => {
  try {
    if (count === 0) rmSync(trialOf(directory), { force: true })
    else writeFileSync(trialOf(directory), String(count), { mode: 0o600 })
  } catch {
    // The disk is full: then nothing is merged either.
  }
}

export const beginTrial = (directory: string): Trial => {
  const before = deaths(directory)
  let timer: NodeJS.Timeout | undefined
  let over = false
  const end = (count: number) => {
    clearTimeout(timer)
    if (!over) say(directory, count)
    over = true
  }
  say(directory, before + 1)
  return {
    suspect: before >= MERGE_AFTER,
    opened: () => {
      timer = setTimeout(() => end(0), OUTLIVED_MS)
      timer.unref()
    },
    failed: () => end(before),
    over: () => end(0)
  }
}

/** Resolves when the merge has ended, or was outlived: from then on the opening counts for nothing. Never rejects. */
export const outlived = async (trial: Trial, merge: () => Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>(resolve => (timer = setTimeout(resolve, OUTLIVED_MS)))
  // A disk that fails ends no process.
  await Promise.race([merge().catch(() => undefined), late])
  clearTimeout(timer)
  trial.over()
}

/** Opens something within a trial. */
export const tried = async <T>(trial: Trial, open: () => Promise<T>): Promise<T> => {
  try {
    return await open()
  } catch (error) {
    trial.failed()
    throw error
  }
}
