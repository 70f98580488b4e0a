import type { Argv } from 'yargs'
import type { RunLimits } from '../documents/charter.ts'
import { GumshoeError } from '../errors.ts'
import type { ModuleSpec } from '../modules/spec.ts'

/** A module's flags as yargs options: the one place where a spec becomes a command line. */
export const moduleOptions = <T>(yargs: Argv<T>, spec: ModuleSpec): Argv<T> => {
  for (const [name, flag] of Object.entries(spec.flags)) {
    yargs.option(name, {
      type: flag.type,
      describe: flag.doc,
      ...(flag.repeat && { array: true, nargs: 1, requiresArg: true }),
      ...(!flag.repeat && flag.type !== 'boolean' && { requiresArg: true }),
      ...(flag.group && { group: `${flag.group}:` }),
      ...(flag.short && { alias: flag.short }),
      ...(flag.values && { choices: flag.values })
    })
  }
  return yargs
}

/** The limits of a run that a person may set, by flag. */
export const LIMIT_FLAGS: Record<string, { name: keyof RunLimits; doc: string; scale: number }> = {
  'limit-wall': { name: 'wallMs', doc: 'Seconds that a host may take', scale: 1_000 },
  'limit-cpu': { name: 'cpuMs', doc: 'CPU seconds that a host may take', scale: 1_000 },
  'limit-memory': { name: 'memoryMiB', doc: 'MiB of memory', scale: 1 },
  'limit-rows': { name: 'rows', doc: 'Rows that a host may answer', scale: 1 },
  'limit-read': { name: 'readBytes', doc: 'MiB that may be read', scale: 1 << 20 },
  'limit-entries': { name: 'entries', doc: 'Entries of directories that may be looked at', scale: 1 }
}

export const limitOptions = <T>(yargs: Argv<T>): Argv<T> => {
  for (const [flag, { doc }] of Object.entries(LIMIT_FLAGS))
    yargs.option(flag, { type: 'number', describe: doc, group: 'Limits:', requiresArg: true })
  return yargs
}

/** Throws `usage` for a limit that is no positive number. */
export const limitsFrom = (args: Record<string, unknown>): RunLimits => {
  const limits: RunLimits = {}
  for (const [flag, { name, scale }] of Object.entries(LIMIT_FLAGS)) {
    const value = args[flag]
    if (value === undefined) continue
    const number = Math.round(Number(value) * scale)
    if (!Number.isSafeInteger(number) || number <= 0)
      throw new GumshoeError('usage', `--${flag} ${String(value)}: a limit is a positive number.`)
    limits[name] = number
  }
  return limits
}
