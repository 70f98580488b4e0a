import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { buildExecutable, executableName } from '../../agent/build/executable.ts'
import type { Architecture } from '../../agent/build/parts.ts'
import type { Program } from '../../src/cli/home.ts'
import { ROOT, sourceFiles } from '../source-tree.ts'

const CACHE = join(ROOT, 'node_modules/.cache/gumshoe-executables')
const PROGRAMS: readonly Program[] = ['gumshoe', 'gumshoe-agent', 'gumshoe-bootstrap']

/** The agent with a module that does what none may. */
export const MISBEHAVING = 'misbehaving-agent'

/** A directory with the three programs as single executables for this machine, built where the sources have changed. */
export const executables = async (): Promise<string> => {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')))
  for (const { path, text } of sourceFiles()) hash.update(path).update(text)
  hash.update(readFileSync(join(ROOT, 'test/support/misbehave.ts')))
  const directory = join(CACHE, hash.digest('hex').slice(0, 16))
  if (existsSync(directory)) return directory
  mkdirSync(CACHE, { recursive: true })
  // They are large, and those of older sources are of no use.
  for (const old of readdirSync(CACHE))
    if (!old.includes('.')) rmSync(join(CACHE, old), { recursive: true, force: true })
  const made = mkdtempSync(`${directory}.`)
  for (const program of PROGRAMS) {
    const arch = process.arch as Architecture
    writeFileSync(
      join(made, executableName(program, arch)),
      (await buildExecutable(ROOT, program, arch)).executable,
      {
        mode: 0o755
      }
    )
  }
  const { executable } = await buildExecutable(ROOT, 'gumshoe-agent', process.arch as Architecture, [
    {
      name: 'misbehave',
      setup: ({ onLoad }) =>
        onLoad({ filter: /[/\\]src[/\\]modules[/\\](index|load)\.ts$/ }, () => ({
          contents: "export { MODULES, findModule, loadModule } from './test/support/misbehave.ts'",
          resolveDir: ROOT
        }))
    }
  ])
  writeFileSync(join(made, MISBEHAVING), executable, { mode: 0o755 })
  try {
    renameSync(made, directory)
  } catch (error) {
    // Another test has built the same meanwhile.
    rmSync(made, { recursive: true })
    if (!existsSync(directory)) throw error
  }
  return directory
}
