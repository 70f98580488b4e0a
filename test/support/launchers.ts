import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestContext } from 'node:test'
import { ROOT } from '../source-tree.ts'
import { askedExecutables } from './asked-executables.ts'

/** The agent's single executable, in the place of the process that this file is run by. */
const executableLauncher = (directory: string): string => {
  const executable = join(resolve(directory), `gumshoe-agent-linux-${process.arch}`)
  const path = join(ROOT, 'node_modules/.cache', 'gumshoe-agent-executable.cjs')
  writeFileSync(
    path,
    `const path = ${JSON.stringify(executable)}\nprocess.execve(path, [path, ...process.argv.slice(2)], process.env)`
  )
  return path
}

const EXECUTABLES = askedExecutables()

/** The launcher of the true agent in plain node: an executable takes its native part from its parent, which a test has none of. */
export const PLAIN_LAUNCHER = join(ROOT, 'agent/gumshoe-agent.cjs')

/** The launcher of the true agent, as `run` and `spawnRole` take it; of its executable where GUMSHOE_EXECUTABLES says where that is. */
export const AGENT_LAUNCHER = EXECUTABLES === undefined ? PLAIN_LAUNCHER : executableLauncher(EXECUTABLES)

/**
 * A launcher that plays the role `fence` as the true one does, and this code as the role `child`. `say` writes a word, `job`
 * resolves to the job that it is given.
 */
export const fencedLauncher = (t: Pick<TestContext, 'after'>, child: string): string =>
  launcher(
    t,
    `if (process.argv[2] === 'fence') import(${JSON.stringify(join(ROOT, 'src/run/fence.ts'))}).then(fence => fence.runFence(process.argv[3] ?? 'files'))
     else (async () => {${child}})()`
  )

/** A launcher of the true agent in plain node, with a module that does what none may (test/support/misbehave.ts). */
export const misbehavingLauncher = (t: Pick<TestContext, 'after'>): string =>
  launcher(
    t,
    `require('node:module').registerHooks({ resolve: (name, context, next) => {
       const found = next(name, context)
       const url = found.url.replace(/src[/]modules[/](index|load)[.]ts$/, 'test/support/misbehave.ts')
       return { ...found, url }
     } })
     import(${JSON.stringify(join(ROOT, 'agent/main.ts'))}).then(({ main }) => main(process.argv.slice(2))).then(status => process.exit(status))`
  )

/** A launcher that plays this code whatever role it is started in: a child that is not held, and that is hostile. */
export const hostileLauncher = (t: Pick<TestContext, 'after'>, child: string): string =>
  launcher(t, `(async () => {${child}})()`)

const PRELUDE = `
const say = word => new Promise(done => process.stdout.write(JSON.stringify(word) + '\\n', done))
const job = () => new Promise(done => process.stdin.once('data', line => done(JSON.parse(line))))
`

const launcher = (t: Pick<TestContext, 'after'>, code: string): string => {
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-run-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const path = join(directory, 'launcher.cjs')
  writeFileSync(path, `${PRELUDE};${code}`)
  return path
}
