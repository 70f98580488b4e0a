import { spawnSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { executableName } from '../../agent/build/executable.ts'
import type { Architecture } from '../../agent/build/parts.ts'
import { ROOT } from '../source-tree.ts'
import { executables } from '../support/executables.ts'

/** How an agent starts a child of itself. */
export type Program = readonly [string, ...string[]]

/** What a child of the single executable is handed: without it, it may unpack nothing and is held by nothing. */
export const HANDED = join(
  ROOT,
  `node_modules/@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`
)

/** The single executable, a copy of it since whoever builds anew removes it; with `plain` after the name, node and the sources. */
export const programOf = async (rest: readonly string[], directory: string): Promise<Program> => {
  if (rest.includes('plain')) return [process.execPath, join(ROOT, 'agent/gumshoe-agent.cjs')]
  const name = executableName('gumshoe-agent', process.arch as Architecture)
  copyFileSync(join(await executables(), name), join(directory, name))
  return [join(directory, name)]
}

export const isHere = (command: string): boolean =>
  spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined
