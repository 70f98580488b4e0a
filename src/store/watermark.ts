import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import type { Clock } from '../clock.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'

/** Free bytes of the file system that holds a path: a collaborator, since tests have no small disk at hand. */
export type FreeBytes = (path: string) => number

export const freeBytes: FreeBytes = path => {
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize
}

/** How long a look at the disk is believed. */
const LOOK_MS = 1_000

/**
 * Keeps a store away from the end of the disk: new data is refused below the floor, and a ballast file can be let go of so
 * that LevelDB finds the room it needs to open and to prune (threats.md, F6).
 */
export class Watermark {
  readonly #directory: string
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #free: FreeBytes
  #lookedAt = Number.NEGATIVE_INFINITY
  #low = false

  constructor(directory: string, clock: Pick<Clock, 'monotonic'>, free: FreeBytes = freeBytes) {
    this.#directory = directory
    this.#clock = clock
    this.#free = free
  }

  get #ballast(): string {
    return `${this.#directory}/ballast`
  }

  /** Throws `disk-full` while the disk is below the floor; reading goes on, and so does writing once there is space. */
  check(): void {
    if (this.#clock.monotonic() - this.#lookedAt >= LOOK_MS) {
      this.#lookedAt = this.#clock.monotonic()
      this.#low = this.#free(this.#directory) < LIMITS.diskFloorBytes
    }
    if (this.#low)
      throw new GumshoeError(
        'disk-full',
        `Less than ${LIMITS.diskFloorBytes >> 20} MiB are free below ${this.#directory}.`
      )
  }

  /** Lays the ballast down where there is room for it and the floor. */
  layBallast(): void {
    if (
      existsSync(this.#ballast) ||
      this.#free(this.#directory) < LIMITS.diskFloorBytes + LIMITS.ballastBytes
    )
      return
    const file = openSync(this.#ballast, 'w', 0o600)
    try {
      const block = Buffer.alloc(1 << 20, 0x5a)
      for (let written = 0; written < LIMITS.ballastBytes; written += block.length) writeSync(file, block)
      fsyncSync(file)
    } catch {
      // Others took the room meanwhile: the store goes without ballast until the next look.
      rmSync(this.#ballast, { force: true })
    } finally {
      closeSync(file)
    }
  }

  /** Lets go of the ballast; true where there was one. */
  dropBallast(): boolean {
    if (!existsSync(this.#ballast)) return false
    rmSync(this.#ballast)
    return true
  }
}
