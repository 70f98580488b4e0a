/**
 * T3, by rules: who writes YARA rules, or has a stranger's taken, makes them print what the module's own process would say: an
 * outcome of "no" for every host, or rows that carry a file out byte by byte in a plain column.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { yara } from '../../src/modules/yara.ts'
import { run } from '../../src/run/run.ts'
import { ownHost } from '../../src/trust/permit.ts'
import { testDirectory } from '../support/directory.ts'
import { AGENT_LAUNCHER } from '../support/launchers.ts'

/** The module `dex` is not in the native engine: these rules are for the one in WebAssembly, which prints. */
const IMPORTS = 'import "dex"\nimport "console"\n'
const printed = (word: unknown): string => `console.log(${JSON.stringify(JSON.stringify(word))})`

const ask = (rule: string) => {
  const root = testDirectory()
  writeFileSync(join(root, 'secret'), 'hunter2')
  return run(
    ownHost(),
    { id: 'o1', spec: yara, params: { rules: [IMPORTS + rule], where: { paths: ['/'] } } },
    { root, asOf: 0, limits: yara.limits.defaults, entry: AGENT_LAUNCHER }
  )
}

test('no rule says how the run ended', async () => {
  const coverage = { seen: 1_000, unreadable: 0, skipped: 0 }
  const outcome = { found: false, coverage, counts: {}, errors: {} }
  const {
    verdict,
    rows,
    coverage: seen
  } = await ask(
    `rule quiet { condition: ${printed({ word: 'done', outcome })} }
     rule real { strings: $a = "hunter2" condition: $a }`
  )
  assert.equal(verdict, 'yes')
  assert.deepEqual(
    rows.map(({ rule }) => rule),
    ['quiet', 'real']
  )
  assert.equal(seen?.seen, 1)
})

test('no rule carries a file out by printing rows, nor ends the run by printing anything', async () => {
  const row = (text: string) => ({ rule: text, path: { b: 'Lw==' }, size: 0, matches: 0 })
  const bytes = [...'hunter2'].map(
    letter => `(uint8(i) == ${letter.charCodeAt(0)} and ${printed({ word: 'rows', rows: [row(letter)] })})`
  )
  const { state, rows } = await ask(
    `rule leak { condition: for all i in (0..filesize-1): (${bytes.join(' or ')}) and console.log("x\\n{") }`
  )
  assert.equal(state, 'done')
  assert.deepEqual(
    rows.map(({ rule }) => rule),
    ['leak']
  )
})

test('rules that are called like members of every object are counted, or left out, and the run is told', async () => {
  const names = ['constructor', 'toString', '__proto__']
  const { state, rows, counts } = await ask(names.map(name => `rule ${name} { condition: true }`).join('\n'))
  assert.deepEqual([state, rows.map(({ rule }) => rule)], ['done', names])
  assert.deepEqual(counts, { constructor: 1, toString: 1 })
})
