import { parseArgs } from 'node:util'
import { failures, remember } from './failures.ts'
import { type ChaosInit, judged, type Scenario, type Verdict } from './scenario.ts'
import { SCENARIOS, SHORT_SEED } from './scenarios.ts'

const OPTIONS = {
  seed: { type: 'string' },
  amount: { type: 'string' },
  short: { type: 'boolean', default: false },
  replay: { type: 'boolean', default: false }
} as const

type Run = Omit<ChaosInit, 'say' | 'keep'> & { readonly scenario: Scenario }

const named = (name: string): Scenario => {
  const scenario = SCENARIOS.find(entry => entry.name === name)
  if (scenario) return scenario
  throw new Error(`There is no scenario ${name}; there is ${SCENARIOS.map(entry => entry.name).join(', ')}.`)
}

/** What the command line asks for: scenarios by name, all of them, or every run that ever failed. */
const runsOf = (args: string[]): Run[] => {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS })
  if (values.replay) return failures().map(({ scenario, ...run }) => ({ ...run, scenario: named(scenario) }))
  const { short } = values
  const seed = Number(values.seed ?? (short ? SHORT_SEED : Math.floor(Math.random() * 1e9)))
  const amount = values.amount === undefined ? {} : { amount: Number(values.amount) }
  const wanted =
    positionals.length > 0 ? positionals.map(named) : SCENARIOS.filter(({ onlyByName }) => !onlyByName)
  return wanted.map(scenario => ({ scenario, seed, short, ...amount }))
}

const report = ({ scenario, seed, seconds, breaches, figures, missing }: Verdict): void => {
  console.log(`── ${scenario}, seed ${seed}, ${seconds} s: ${breaches.length === 0 ? 'kept' : 'BROKEN'}`)
  for (const [name, value] of figures) console.log(`   ${name}: ${value}`)
  for (const what of missing) console.log(`   could not be had here: ${what}`)
  for (const breach of breaches) console.log(`   BREACH ${breach}`)
}

/** `npm run chaos -- [scenario…] [--seed N] [--amount N] [--short] [--replay]` */
const main = async (): Promise<void> => {
  const verdicts: Verdict[] = []
  for (const { scenario, ...init } of runsOf(process.argv.slice(2))) {
    console.log(`── ${scenario.name}: ${scenario.promise}`)
    verdicts.push(await judged(scenario, { ...init, keep: true, say: text => console.log(`   ${text}`) }))
  }
  for (const verdict of verdicts) report(verdict)
  remember(verdicts, new Date().toISOString().slice(0, 10))
  process.exitCode = verdicts.some(({ breaches }) => breaches.length > 0) ? 1 : 0
}

void main()
