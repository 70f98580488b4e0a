import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { executables } from '../support/executables.ts'
import type { TestFleet } from '../support/fleet.ts'
import { Random } from './random.ts'

/** What one scenario did to the house, and what was still true afterwards. */
export interface Scenario {
  readonly name: string
  /** What must hold, in a sentence. */
  readonly promise: string
  /** Takes hours: not part of a run of everything. */
  readonly onlyByName?: true
  /** Returns every breach of the promise; none is a pass. */
  run(chaos: Chaos): Promise<string[]>
}

export interface ChaosInit {
  readonly seed: number
  /** A small selection, for every commit. */
  readonly short: boolean
  /** How many faults, or how many hours of a soak; each scenario has its own default. */
  readonly amount?: number
  /** What a broken run leaves behind stays, so that its cause can be found. */
  readonly keep?: boolean
  say(text: string): void
}

/** The same file under a second name, or a copy where that lies on another disk. */
const keep = (path: string, name: string): void => {
  if (existsSync(name)) return
  try {
    linkSync(path, name)
  } catch {
    copyFileSync(path, name, constants.COPYFILE_FICLONE)
  }
}

/** What a scenario is given: chance, how much of it, a directory, and where figures and shortcomings go. */
export class Chaos {
  readonly random: Random
  readonly short: boolean
  readonly amount: number | undefined
  readonly directory: string
  readonly figures: [name: string, value: string][] = []
  /** What this machine does not let us do: told, never passed over. */
  readonly missing: string[] = []
  readonly #keep: boolean
  #broken = false
  readonly #say: (text: string) => void
  readonly #ends: (() => Promise<unknown> | unknown)[] = []

  constructor(init: ChaosInit) {
    this.random = new Random(init.seed)
    this.short = init.short
    this.amount = init.amount
    this.#keep = init.keep ?? false
    this.#say = init.say
    this.directory = mkdtempSync(join(tmpdir(), 'gumshoe-chaos-'))
  }

  say(text: string): void {
    this.#say(text)
  }

  figure(name: string, value: string | number): void {
    this.figures.push([name, String(value)])
    this.#say(`${name}: ${value}`)
  }

  lacks(what: string): void {
    this.missing.push(what)
    this.#say(`COULD NOT BE HAD: ${what}`)
  }

  /** Single executables of the three programs, under other names since whoever builds anew removes them. */
  async executables(): Promise<string> {
    const [built, kept] = [await executables(), join(this.directory, 'executables')]
    mkdirSync(kept, { recursive: true })
    for (const name of readdirSync(built)) keep(join(built, name), join(kept, name))
    return kept
  }

  /** Called at the end, last first; also what node:test's context is to its own. */
  after(end: () => Promise<unknown> | unknown): void {
    this.#ends.push(end)
  }

  /** Removes a mesh at the end; a broken run leaves its files and logs. */
  removes(fleet: TestFleet): void {
    this.after(async () => {
      const kept = this.#keep && this.#broken
      await fleet.remove(kept)
      if (kept) this.#say(`homes and logs are left in ${fleet.fleet.directory}`)
    })
  }

  broke(): void {
    this.#broken = true
  }

  /** Whatever goes wrong here keeps the rest from nothing. */
  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse())
      try {
        await end()
      } catch (error) {
        this.#say(`At the end: ${error}`)
      }
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

export interface Verdict {
  readonly scenario: string
  readonly seed: number
  readonly short: boolean
  readonly amount?: number
  readonly seconds: number
  readonly breaches: readonly string[]
  readonly figures: readonly [name: string, value: string][]
  readonly missing: readonly string[]
}

/** Runs one scenario to its verdict. What it throws is a breach too: a promise that could not be looked at is not kept. */
export const judged = async (scenario: Scenario, init: ChaosInit): Promise<Verdict> => {
  const chaos = new Chaos(init)
  const began = performance.now()
  const breaches: string[] = []
  try {
    breaches.push(...(await scenario.run(chaos)))
  } catch (error) {
    breaches.push(`it could not be ended: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    if (breaches.length > 0) chaos.broke()
    await chaos.end()
  }
  return {
    scenario: scenario.name,
    seed: init.seed,
    short: init.short,
    ...(init.amount !== undefined && { amount: init.amount }),
    seconds: Math.round((performance.now() - began) / 100) / 10,
    breaches,
    figures: chaos.figures,
    missing: chaos.missing
  }
}

/** How long a condition took to come, in ms; undefined where it did not within `limitMs`. */
export const timeUntil = async (
  holds: () => boolean | Promise<boolean>,
  limitMs: number,
  everyMs = 50
): Promise<number | undefined> => {
  const began = performance.now()
  while (!(await holds())) {
    if (performance.now() - began > limitMs) return undefined
    await pause(everyMs)
  }
  return performance.now() - began
}

export const pause = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms))

/** 1.4 s, 820 ms. */
export const took = (ms: number | undefined): string =>
  ms === undefined ? 'never' : ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
