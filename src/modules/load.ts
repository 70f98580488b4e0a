import { type ModuleSpec, moduleId } from './spec.ts'

// biome-ignore lint/suspicious/noExplicitAny: each module has parameters of its own type; callers go through its schema.
type Load = () => Promise<ModuleSpec<any>>

/** Every module of index.ts, each to be loaded by itself. */
export const LOADS: Readonly<Record<string, Load>> = {
  account: async () => (await import('./account.ts')).account,
  agentinfo: async () => (await import('./agentinfo.ts')).agentinfo,
  container: async () => (await import('./container.ts')).container,
  file: async () => (await import('./file.ts')).file,
  fswatch: async () => (await import('./fswatch.ts')).fswatch,
  log: async () => (await import('./log.ts')).log,
  memory: async () => (await import('./memory.ts')).memory,
  netstat: async () => (await import('./netstat.ts')).netstat,
  package: async () => (await import('./package.ts')).packages,
  persistence: async () => (await import('./persistence.ts')).persistence,
  ping: async () => (await import('./ping.ts')).ping,
  policy: async () => (await import('./policy.ts')).policy,
  process: async () => (await import('./process.ts')).process,
  sshkey: async () => (await import('./sshkey.ts')).sshkey,
  timedrift: async () => (await import('./timedrift.ts')).timedrift,
  yara: async () => (await import('./yara.ts')).yara,
  yaramem: async () => (await import('./yaramem.ts')).yaramem
}

/**
 * A module by `name/major`, without the others: they are half of what a child would load, and every question starts one.
 * Undefined where this program has none.
 */
export const loadModule = async (id: string): Promise<ModuleSpec<unknown> | undefined> => {
  const name = id.split('/')[0]!
  const spec = Object.hasOwn(LOADS, name) ? await LOADS[name]!() : undefined
  return spec && moduleId(spec) === id ? spec : undefined
}
