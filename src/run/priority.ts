import { readdirSync } from 'node:fs'
import { setPriority } from 'node:os'

const LOWEST = 19

/**
 * Puts this process last in the queue for the processor, each of its threads: on Linux nice belongs to a thread. Called
 * when a module begins and not before: at the lowest priority a loaded host would take minutes to start a process.
 */
export const lowerPriority = (): void => {
  setPriority(LOWEST)
  for (const thread of threads()) {
    try {
      setPriority(thread, LOWEST)
    } catch {
      // It has ended already.
    }
  }
}

const threads = (): number[] => {
  try {
    return readdirSync('/proc/self/task').map(Number)
  } catch {
    // Not Linux: the process as a whole was lowered.
    return []
  }
}
