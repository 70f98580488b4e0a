import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Clock } from '../clock.ts'
import { LIMITS } from '../limits.ts'
import { loadNative, type Mapping } from './native.ts'

/**
 * Has V8 make do with less: bytecode instead of optimized code, which is a third faster and takes 11 MB. Only for a process that
 * waits nearly all the time, and before what it runs is imported (agent-facts.md 9).
 */
export const liveSmall = (): void => setFlagsFromString('--optimize-for-size --no-turbofan --no-maglev')

/** Collects garbage and puts away what only lies about: the pages of programs and libraries that the next work reads again. */
export const putAway = async (): Promise<void> => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as NodeJS.GCFunction
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  const native = await loadNative()
  native?.giveBack()
  native?.putAway(ownFiles(readFileSync('/proc/self/maps', 'utf8')))
}

/** Mappings of files that nothing writes to, by proc(5), maps: `from-to r-xp offset device inode path`. */
export const ownFiles = (maps: string): Mapping[] =>
  [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) r-[x-]p \S+ \S+ \d+ +\//gm)].map(([, from, to]) => {
    const start = BigInt(`0x${from}`)
    return { from: start, length: BigInt(`0x${to}`) - start }
  })

/** Puts memory away once nothing has stirred for a while; never on a timer of its own, so that rest costs nothing. */
export class Rest {
  readonly #clock: Clock
  readonly #work: () => Promise<void>
  #last = 0
  #waiting = false

  constructor(clock: Clock, work: () => Promise<void> = putAway) {
    this.#clock = clock
    this.#work = work
  }

  /** Something was done: memory is put away when it was the last for LIMITS.restMs. Never throws. */
  stir(): void {
    this.#last = this.#clock.monotonic()
    if (this.#waiting) return
    this.#waiting = true
    void this.#wait()
      .catch(() => undefined)
      .finally(() => (this.#waiting = false))
  }

  async #wait(): Promise<void> {
    for (;;) {
      const left = this.#last + LIMITS.restMs - this.#clock.monotonic()
      if (left <= 0) return this.#work()
      await this.#clock.sleep(left, undefined, true)
    }
  }
}
