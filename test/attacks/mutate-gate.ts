import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { ROOT } from '../source-tree.ts'
import { type Mutation, mutationsOf } from './mutations.ts'

/**
 * `npm run mutate:gate`: each check of the gate, and of what it rests on, is removed or turned round in a copy of the
 * house, one at a time; a test must notice each. Prints a table; exit 1 where one survives. `-- quorum` takes only files
 * of such names.
 */

/** The tests that must notice, cheapest first; `*` stands for the file's own name. */
const SUITES: readonly { readonly files: RegExp; readonly tests: readonly string[] }[] = [
  {
    files: /^src\/trust\/checks\//,
    tests: ['test/src/trust/checks/*.test.ts', 'test/src/trust/gate.test.ts']
  },
  { files: /^src\/trust\//, tests: ['test/src/trust/*.test.ts', 'test/src/trust/gate.test.ts'] }
]

/** Asked where the tests beside the file saw nothing. */
const LATER = [
  'test/src/trust/checks/quorum.test.ts',
  'test/src/trust/signers.test.ts',
  'test/src/trust/membership.test.ts',
  'test/attacks/T01-rogue-agent-issues-actions.test.ts',
  'test/attacks/T05-stolen-investigator-key.test.ts',
  'test/attacks/T11-replay.test.ts',
  'test/attacks/T12-clock-skew.test.ts',
  'test/attacks/T23-shadowed-action.test.ts',
  'test/attacks/T24-amplified-action.test.ts'
]

const WHAT = [
  'gate',
  'policy',
  'persons',
  'signers',
  'key-index',
  'permit',
  'seen',
  'person-rates',
  'charter-rules',
  'charter-chain',
  'membership',
  'verify-grant',
  'verify-machine',
  'verify-person'
]

/** A test that takes longer than this has noticed: an inverted condition may wait for ever. */
const TIMEOUT_MS = 60_000
const COPIES = 2

interface Job {
  readonly file: string
  readonly mutation: Mutation
}

interface Result extends Job {
  /** The test that failed; undefined where the mutant lives. */
  readonly killer: string | undefined
}

const sources = (): string[] => [
  ...readdirSync(join(ROOT, 'src/trust/checks')).map(name => `src/trust/checks/${name}`),
  ...WHAT.map(name => `src/trust/${name}.ts`)
]

const testsOf = (file: string): string[] => {
  const { tests } = SUITES.find(({ files }) => files.test(file))!
  const own = tests.map(test => test.replace('*', basename(file, '.ts')))
  return [...new Set([...own, ...LATER])]
}

const makeCopy = (): string => {
  const copy = mkdtempSync(join(tmpdir(), 'gumshoe-mutants-'))
  for (const part of ['src', 'test', 'console', 'package.json'])
    cpSync(join(ROOT, part), join(copy, part), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

const passes = (copy: string, test: string): Promise<boolean> =>
  new Promise(resolve => {
    const child = spawn(process.execPath, ['--test', '--test-reporter=tap', test], {
      cwd: copy,
      stdio: 'ignore',
      // A group of its own: a mutant that never ends runs in a child of the runner, which outlives it.
      detached: true
    })
    const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), TIMEOUT_MS)
    child.once('exit', code => {
      clearTimeout(timer)
      resolve(code === 0)
    })
  })

const killerOf = async (copy: string, { file, mutation }: Job): Promise<string | undefined> => {
  const original = readFileSync(join(copy, file), 'utf8')
  writeFileSync(join(copy, file), mutation.text)
  try {
    for (const test of testsOf(file)) if (!(await passes(copy, test))) return test
    return undefined
  } finally {
    writeFileSync(join(copy, file), original)
  }
}

/** Takes jobs from the list until it is empty, in a copy of the house of its own. */
const work = async (jobs: Job[], report: (result: Result) => void): Promise<void> => {
  const copy = makeCopy()
  try {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift())
      report({ ...job, killer: await killerOf(copy, job) })
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** Nothing can be said about mutants where the tests fail without one. */
const checkTests = async (files: readonly string[]): Promise<void> => {
  const failing: string[] = []
  for (const test of new Set(files.flatMap(testsOf))) if (!(await passes(ROOT, test))) failing.push(test)
  if (failing.length > 0) throw new Error(`These fail without any mutant: ${failing.join(', ')}`)
}

const main = async (names: readonly string[]): Promise<void> => {
  const files = sources().filter(file => names.length === 0 || names.some(name => file.includes(name)))
  const jobs = files.flatMap(file =>
    mutationsOf(readFileSync(join(ROOT, file), 'utf8')).map(mutation => ({ file, mutation }))
  )
  // A mutant that is no program would be killed by anything.
  for (const { mutation } of jobs) stripTypeScriptTypes(mutation.text)
  const count = jobs.length
  console.log(`${count} mutants of ${files.length} files.`)
  await checkTests(files)
  const results: Result[] = []
  const report = (result: Result): void => {
    results.push(result)
    const { file, mutation, killer } = result
    const place = `${file.replace('src/trust/', '')}:${mutation.line}`
    const fate = killer === undefined ? 'SURVIVES' : `killed by ${killer.replace(/^test\//, '')}`
    console.log(
      `${String(results.length).padStart(4)}  ${place.padEnd(26)}  ${mutation.what.slice(0, 90).padEnd(90)}  ${fate}`
    )
  }
  await Promise.all(Array.from({ length: COPIES }, () => work(jobs, report)))
  const killed = results.filter(({ killer }) => killer !== undefined).length
  console.log(`\n${killed} of ${count} mutants killed (${((100 * killed) / count).toFixed(1)} %).`)
  for (const { file, mutation } of results.filter(({ killer }) => killer === undefined))
    console.log(`SURVIVES  ${file}:${mutation.line}  ${mutation.what}`)
  if (killed < count || count === 0) process.exitCode = 1
}

void main(process.argv.slice(2))
