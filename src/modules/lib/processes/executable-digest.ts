import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { GumshoeError } from '../../../errors.ts'
import type { ReadBudget } from '../host/read.ts'
import { Digests } from '../match/hashes.ts'
import type { ProcProcess, Seen } from './proc-process.ts'
import { isGone } from './proc-read.ts'

const CHUNK = 1 << 20

/** Digests of what processes run: of the very file that is mapped, deleted or not, each file once for all that run it. */
export class ExecutableDigests {
  readonly #algorithms: readonly string[]
  readonly #budget: ReadBudget
  readonly #known = new Map<string, Seen<ReadonlyMap<string, string>>>()

  constructor(algorithms: readonly string[], budget: ReadBudget) {
    this.#algorithms = algorithms
    this.#budget = budget
  }

  /** Undefined where it runs no file. */
  of(process: ProcProcess): Seen<ReadonlyMap<string, string> | undefined> {
    const { executable } = process
    if ('unseen' in executable || executable.value === undefined) return executable as Seen<undefined>
    const { dev, ino, size, mtimeMs, ctimeMs } = executable.value.status
    const key = [dev, ino, size, mtimeMs, ctimeMs].join()
    let known = this.#known.get(key)
    if (known === undefined) {
      known = this.#read(process.executableLink)
      this.#known.set(key, known)
    }
    return known
  }

  #read(path: string): Seen<ReadonlyMap<string, string>> {
    try {
      // A process may have swapped what it runs: never wait for a FIFO, never read a device.
      const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
      try {
        if (!fstatSync(file).isFile()) throw new Error('It runs no regular file.')
        const digests = new Digests()
        const chunk = Buffer.allocUnsafe(CHUNK)
        for (;;) {
          const wanted = Math.min(CHUNK, this.#budget.left)
          if (wanted === 0) throw new GumshoeError('limit-bytes', 'The read budget is used up.')
          const length = readSync(file, chunk, 0, wanted, null)
          if (length === 0) break
          this.#budget.left -= length
          digests.update(this.#algorithms, chunk.subarray(0, length))
        }
        // So that an empty file has a digest too.
        digests.update(this.#algorithms, Buffer.alloc(0))
        return { value: digests.finish() }
      } finally {
        closeSync(file)
      }
    } catch (unseen) {
      return { unseen: isGone(unseen) ? new Error('It ended while it was read.') : unseen }
    }
  }
}
