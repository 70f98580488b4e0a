import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Verdict } from './scenario.ts'

const PLACE = join(import.meta.dirname, 'failures.json')

/** A run that broke its promise; it is kept for ever, and `--replay` plays it again. */
export interface Failure {
  readonly scenario: string
  readonly seed: number
  readonly short: boolean
  readonly amount?: number
  readonly on: string
  readonly breaches: readonly string[]
}

export const failures = (): Failure[] =>
  existsSync(PLACE) ? (JSON.parse(readFileSync(PLACE, 'utf8')) as Failure[]) : []

const nameOf = ({ scenario, seed, short, amount }: Omit<Failure, 'on' | 'breaches'>): string =>
  `${scenario} ${seed} ${short} ${amount}`

/** Adds what was broken to the file, each seed once. */
export const remember = (verdicts: readonly Verdict[], on: string): void => {
  const known = failures()
  const names = new Set(known.map(nameOf))
  const fresh = verdicts.filter(verdict => verdict.breaches.length > 0 && !names.has(nameOf(verdict)))
  if (fresh.length === 0) return
  const added = fresh.map(({ scenario, seed, short, amount, breaches }) => ({
    scenario,
    seed,
    short,
    ...(amount !== undefined && { amount }),
    on,
    breaches: breaches.slice(0, 5)
  }))
  writeFileSync(PLACE, `${JSON.stringify([...known, ...added], undefined, 2)}\n`)
}
