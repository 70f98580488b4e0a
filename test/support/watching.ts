import type { TestContext } from 'node:test'
import { fswatch } from '../../src/modules/fswatch.ts'
import type { FswatchParams } from '../../src/modules/lib/fswatch/fswatch-params.ts'
import type { NotifyCalls } from '../../src/modules/lib/fswatch/notify-calls.ts'
import { watchFiles } from '../../src/modules/lib/fswatch/run-fswatch.ts'
import type { Host, Outcome, Part, Remembered, Room } from '../../src/modules/spec.ts'
import { fileCalls } from '../../src/run/file-calls.ts'
import { notifyCalls } from '../../src/run/notify-calls.ts'

export interface WatchedOptions {
  readonly flags?: Record<string, unknown>
  readonly remembered?: readonly Remembered[]
  readonly room?: Room
  /** None: there is no inotify. */
  readonly notify?: NotifyCalls | 'none'
  readonly limits?: Partial<Host['limits']>
}

/** fswatch in this process, with the calls that a child has; parts are taken as they come until `end`. */
export class WatchedRoot {
  readonly parts: Part[] = []
  readonly #memory = new Map<string, Remembered>()
  readonly #stop = new AbortController()
  readonly #done: Promise<Outcome>

  private constructor(parts: AsyncGenerator<Part, Outcome>) {
    this.#done = this.#take(parts)
  }

  static async begin(t: TestContext, root: string, options: WatchedOptions = {}): Promise<WatchedRoot> {
    const { flags = { recursive: ['/'] }, room = { rows: 1_000, bytes: 1 << 20 }, remembered } = options
    const notify = options.notify === 'none' ? undefined : (options.notify ?? (await notifyCalls()))
    const params: FswatchParams = fswatch.fromFlags(flags, 0)
    const stop = new AbortController()
    const host = {
      ...{ root, signal: stop.signal, asOf: 0, room, remembered, notify, files: await fileCalls() },
      limits: { ...fswatch.limits.defaults, ...options.limits }
    }
    const watched = new WatchedRoot(watchFiles(params, host))
    watched.#stop.signal.addEventListener('abort', () => stop.abort(), { once: true })
    t.after(() => watched.end())
    for (const one of remembered ?? []) watched.#memory.set(keyOf(one[0]), one)
    return watched
  }

  /** What a later life would be given. */
  get remembered(): Remembered[] {
    return [...this.#memory.values()]
  }

  /** `created /a`, … in the order in which they were told. */
  get changes(): string[] {
    return this.parts.flatMap(({ rows }) =>
      rows.map(({ change, path }) => `${change} ${Buffer.from(path as Uint8Array).toString('latin1')}`)
    )
  }

  end(): Promise<Outcome> {
    this.#stop.abort()
    return this.#done
  }

  async #take(parts: AsyncGenerator<Part, Outcome>): Promise<Outcome> {
    for (;;) {
      const next = await parts.next()
      if (next.done) return next.value
      for (const [key, value] of next.value.remember)
        if (value === undefined) this.#memory.delete(keyOf(key))
        else this.#memory.set(keyOf(key), [key, value])
      this.parts.push(next.value)
    }
  }
}

const keyOf = (key: Uint8Array): string => Buffer.from(key).toString('latin1')
