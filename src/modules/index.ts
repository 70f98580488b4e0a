import { account } from './account.ts'
import { agentinfo } from './agentinfo.ts'
import { container } from './container.ts'
import { file } from './file.ts'
import { fswatch } from './fswatch.ts'
import { log } from './log.ts'
import { memory } from './memory.ts'
import { netstat } from './netstat.ts'
import { packages } from './package.ts'
import { persistence } from './persistence.ts'
import { ping } from './ping.ts'
import { policy } from './policy.ts'
import { process } from './process.ts'
import { type ModuleSpec, moduleId } from './spec.ts'
import { sshkey } from './sshkey.ts'
import { timedrift } from './timedrift.ts'
import { yara } from './yara.ts'
import { yaramem } from './yaramem.ts'

/** Every module, by a literal list: nothing registers itself. */
// biome-ignore lint/suspicious/noExplicitAny: each module has parameters of its own type; callers go through its schema.
export const MODULES: readonly ModuleSpec<any>[] = [
  file,
  account,
  agentinfo,
  fswatch,
  log,
  memory,
  netstat,
  packages,
  container,
  persistence,
  policy,
  ping,
  process,
  sshkey,
  timedrift,
  yara,
  yaramem
]

/** A module by `name/major`; undefined where this program has none. */
export const findModule = (id: string): ModuleSpec<unknown> | undefined =>
  MODULES.find(spec => moduleId(spec) === id)
