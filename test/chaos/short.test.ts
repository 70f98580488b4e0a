import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judged } from './scenario.ts'
import { SCENARIOS, SHORT_SEED } from './scenarios.ts'

/** These wait for clocks for most of their time: `npm run chaos -- --short` runs them too. */
const SLOW = ['clock', 'clone']

/** The small selection of every commit, by its fixed seed. What this machine lacks is told in the output. */
for (const scenario of SCENARIOS.filter(({ name, onlyByName }) => !onlyByName && !SLOW.includes(name)))
  test(`${scenario.name}: ${scenario.promise}`, { timeout: 300_000 }, async t => {
    const verdict = await judged(scenario, { seed: SHORT_SEED, short: true, say: () => undefined })
    for (const [name, value] of verdict.figures) t.diagnostic(`${name}: ${value}`)
    for (const what of verdict.missing) t.diagnostic(`COULD NOT BE HAD HERE: ${what}`)
    assert.deepEqual(verdict.breaches, [])
  })
