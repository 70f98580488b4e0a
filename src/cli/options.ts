import { closeSync, openSync, readSync } from 'node:fs'
import type { Argv } from 'yargs'
import { sha256Hex, utf8Bytes } from '../codec.ts'
import { attachmentsOf } from '../documents/attachment.ts'
import type { RunLimits } from '../documents/charter.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { ModuleSpec } from '../modules/spec.ts'
import { checkApart } from '../run/check.ts'
import { NAME_A_FILE, whyUnread } from './unread.ts'

/** A module's flags as yargs options: the one place where a spec becomes a command line. */
export const moduleOptions = <T>(yargs: Argv<T>, spec: ModuleSpec): Argv<T> => {
  // What a module calls its own is no question about this program.
  if (spec.flags['version'] !== undefined) yargs.version(false)
  for (const [name, flag] of Object.entries(spec.flags)) {
    yargs.option(name, {
      type: flag.type === 'file' ? 'string' : flag.type,
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

/** What a module is asked, with the attachments that its parameters name. */
export interface AskedOf<P> {
  readonly params: P
  readonly attachments: ReadonlyMap<string, Uint8Array>
}

/** What stands in the files that flags name, where it is not in files. */
export type Texts = Readonly<Record<string, string | string[]>>

/** What was typed → parameters; files that flags name are read here. Throws `bad-params` naming the flag. */
export const askedFrom = <P>(
  spec: ModuleSpec<P>,
  args: Record<string, unknown>,
  now: number,
  given: Texts = {}
): AskedOf<P> => {
  for (const name of Object.keys(given))
    if (!Object.hasOwn(spec.flags, name) || spec.flags[name]!.type !== 'file' || args[name] !== undefined)
      throw new GumshoeError('usage', `texts.${name}: ${spec.name} has no file by that flag, or another one.`)
  const texts: [string, string[] | string][] = Object.entries(spec.flags).flatMap(([name, flag]) => {
    const typed = args[name]
    if (Object.hasOwn(given, name)) return [[name, flag.repeat ? [given[name]!].flat() : String(given[name])]]
    if (flag.type !== 'file' || typed === undefined) return []
    const most = flag.attach ? LIMITS.attachmentBytes : LIMITS.flagFileBytes
    const read = (path: unknown) => readFlagFile(name, String(path), most)
    return [[name, Array.isArray(typed) ? typed.map(read) : read(typed)] as const]
  })
  const params = paramsOf(spec, { ...args, ...Object.fromEntries(texts) }, now)
  const named = attachmentsOf({ operations: [{ params: params as Record<string, never> }] })
  const all = named.length === 0 ? [] : texts.flatMap(([, text]) => text).map(utf8Bytes)
  const byHash = new Map(all.map(bytes => [sha256Hex(bytes), bytes]))
  return {
    params,
    attachments: new Map(named.map(({ attachment }) => [attachment, byHash.get(attachment)!]))
  }
}

let isApart = false

/** For the programs themselves, which can be started in a role: from now on what a stranger wrote is compiled in a child. */
export const compileApart = (): void => {
  isApart = true
}

const paramsOf = <P>(spec: ModuleSpec<P>, flags: Record<string, unknown>, now: number): P => {
  if (!isApart || spec.fromChecked === undefined) return spec.fromFlags(flags, now)
  const params = spec.fromChecked(flags, now)
  checkApart(spec, flags, now)
  return params
}

/** The parameters of one operation of several; what they name goes into one map for all. */
export const paramsInto = (
  into: Map<string, Uint8Array>,
  spec: ModuleSpec,
  args: Record<string, unknown>,
  now: number,
  given?: Texts
): Record<string, unknown> => {
  const { params, attachments } = askedFrom(spec, args, now, given)
  for (const [attachment, bytes] of attachments) into.set(attachment, bytes)
  return params as Record<string, unknown>
}

/** The same where nothing is sent along. */
export const paramsFrom = <P>(spec: ModuleSpec<P>, args: Record<string, unknown>, now: number): P =>
  askedFrom(spec, args, now).params

/** The text of a file, or of a pipe, as far as an action or an attachment can hold it. */
const readFlagFile = (flag: string, path: string, most: number): string => {
  const bad = (why: string, cause?: unknown): GumshoeError =>
    new GumshoeError('bad-params', `--${flag} ${path} ${why}.`, { cause, fix: `${NAME_A_FILE}.` })
  const bytes = Buffer.alloc(most + 1)
  let length = 0
  try {
    const fd = openSync(path, 'r')
    try {
      for (let read = -1; read !== 0 && length < bytes.length; length += read)
        read = readSync(fd, bytes, length, bytes.length - length, null)
    } finally {
      closeSync(fd)
    }
  } catch (cause) {
    throw bad(`cannot be read: ${whyUnread(cause)}`, cause)
  }
  if (length > most) throw bad(`has more than ${most} bytes`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length))
  } catch (cause) {
    throw bad('is no text in UTF-8', cause)
  }
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
