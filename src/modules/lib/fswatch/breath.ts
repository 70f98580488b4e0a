import { setImmediate as turn } from 'node:timers/promises'
import { systemClock } from '../../../clock.ts'

const HOUR_MS = 3_600_000
const PAUSE_MS = 500
/** Who holds us measures what we have used too, and from outside. */
const OURS = 0.9

/**
 * Lets timers and signals come through, and keeps a run that stands within its CPU time: all of it at once, and as much
 * again each hour. Where more happens than that, it is looked at later and not at all costs.
 */
export class Breath {
  readonly #cpuMs: number
  readonly #signal: AbortSignal
  readonly #begun = systemClock.monotonic()
  readonly #before = used()

  constructor(cpuMs: number, signal: AbortSignal) {
    this.#cpuMs = cpuMs
    this.#signal = signal
  }

  async take(): Promise<void> {
    await turn()
    while (this.#isOver && !this.#signal.aborted)
      await systemClock.sleep(PAUSE_MS, this.#signal).catch(() => undefined)
  }

  get #isOver(): boolean {
    const hours = (systemClock.monotonic() - this.#begun) / HOUR_MS
    return used() - this.#before > OURS * this.#cpuMs * (1 + hours)
  }
}

const used = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
