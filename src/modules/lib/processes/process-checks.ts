import type { Range } from '../files/search-params.ts'
import type { Accounts } from '../host/accounts.ts'
import { algorithmOf } from '../match/hashes.ts'
import { compilePattern, type Pattern } from '../match/regex.ts'
import type { ProcProcess, Seen } from './proc-process.ts'
import type { ProcStat } from './proc-stat.ts'
import type { ProcessParams } from './process-params.ts'

/** How one check stands to one process: whether it holds, or why that could not be seen. */
export type Held = Seen<boolean>

/** What a check may ask beyond the process itself. */
export interface Surroundings {
  parentOf(stat: ProcStat): ProcStat | undefined
  /** Milliseconds since 1970. */
  startedAt(process: ProcProcess): Seen<number>
  /** Digest of the executable in lower hex; undefined where it runs no file. */
  digest(process: ProcProcess, algorithm: string): Seen<string | undefined>
  /** Its internet sockets as text. */
  socketTexts(process: ProcProcess): Seen<readonly Buffer[]>
}

export type ProcessCheck = (process: ProcProcess, around: Surroundings) => Held

/** What a row names of many things that a process has: the first that matched. */
export interface Named {
  readonly column: 'library' | 'file' | 'socket'
  first(process: ProcProcess, around: Surroundings): Buffer | undefined
}

/** A question as checks, the cheapest first, and what its rows name. */
export interface CompiledProcess {
  readonly checks: readonly ProcessCheck[]
  readonly named: readonly Named[]
}

const map = <T, U>(seen: Seen<T>, to: (value: T) => U): Seen<U> =>
  'unseen' in seen ? seen : { value: to(seen.value) }

const nobody = (): never => {
  throw new Error('A check asks for what its question does not have.')
}

/** For questions without parents, starts, digests and sockets. */
export const UNASKED: Surroundings = {
  parentOf: nobody,
  startedAt: nobody,
  digest: nobody,
  socketTexts: nobody
}

/** Whether all checks hold for a process; not seen where one could not be seen and no other says no. */
export const allHold = (
  checks: readonly ProcessCheck[],
  process: ProcProcess,
  around: Surroundings
): Held => {
  let unseen: Held | undefined
  for (const check of checks) {
    const held = check(process, around)
    if ('unseen' in held) unseen ??= held
    else if (!held.value) return held
  }
  return unseen ?? { value: true }
}

/** Compiles a question. Throws `bad-params` that names the flag. */
export const compileProcess = (params: ProcessParams, accounts: Accounts): CompiledProcess => {
  const several = [
    ...manyOf('library', params.libraries, process => libraries(process)),
    ...manyOf('file', params.files, process => process.files),
    ...manyOf('socket', params.sockets, (process, around) => around.socketTexts(process))
  ]
  return {
    checks: [
      ...texts('name', params.names, process => ({ value: process.stat.name })),
      ...(params.started ?? []).map(
        (range): ProcessCheck =>
          (process, around) =>
            map(around.startedAt(process), moment => within(range, moment))
      ),
      ...(params.parents ?? []).map(parentCheck),
      ...(params.users ?? []).map(
        (user): ProcessCheck =>
          process =>
            map(process.uid, uid => user === String(uid) || user === accounts.user(uid))
      ),
      ...texts('cmdline', params.cmdlines, process => process.cmdline),
      ...texts('path', params.paths, process => map(process.executable, file => file?.path)),
      ...(params.deleted
        ? [(process: ProcProcess) => map(process.executable, file => file?.deleted === true)]
        : []),
      ...several.map(({ check }) => check),
      ...(['md5', 'sha1', 'sha2', 'sha3'] as const).flatMap(family =>
        (params[family] ?? []).map((wanted): ProcessCheck => {
          const algorithm = algorithmOf(family, wanted)!
          return (process, around) => map(around.digest(process, algorithm), hex => hex === wanted)
        })
      )
    ],
    named: several.filter(({ inverted }) => !inverted).map(({ named }) => named)
  }
}

const within = ({ from, to }: Range, value: number): boolean =>
  (from === undefined || value >= from) && (to === undefined || value <= to)

/** `!re` → the expression, and whether it is inverted. */
const expression = (value: string, flag: string): { inverted: boolean; pattern: Pattern } => {
  const inverted = value.startsWith('!')
  return { inverted, pattern: compilePattern(inverted ? value.slice(1) : value, flag) }
}

/** A process that has no such text matches no expression. */
const texts = (
  flag: string,
  values: readonly string[] | undefined,
  of: (process: ProcProcess) => Seen<Buffer | undefined>
): ProcessCheck[] =>
  (values ?? []).map(value => {
    const { inverted, pattern } = expression(value, flag)
    return process => map(of(process), text => (text !== undefined && pattern.test(text)) !== inverted)
  })

const manyOf = (
  column: Named['column'],
  values: readonly string[] | undefined,
  of: (process: ProcProcess, around: Surroundings) => Seen<readonly Buffer[]>
): { inverted: boolean; check: ProcessCheck; named: Named }[] =>
  (values ?? []).map(value => {
    const { inverted, pattern } = expression(value, column)
    const first = (process: ProcProcess, around: Surroundings) =>
      map(of(process, around), all => all.find(each => pattern.test(each)))
    return {
      inverted,
      check: (process, around) => map(first(process, around), found => (found !== undefined) !== inverted),
      named: {
        column,
        first: (process, around) => {
          const found = first(process, around)
          return 'unseen' in found ? undefined : found.value
        }
      }
    }
  })

/** The executable is mapped too, and is no library. Whether it can be told apart does not matter where it is unseen. */
const libraries = (process: ProcProcess): Seen<readonly Buffer[]> => {
  const { executable } = process
  const own = 'unseen' in executable ? undefined : executable.value?.path
  return map(process.mapped, all => all.filter(path => own === undefined || !path.equals(own)))
}

const parentCheck = (value: string): ProcessCheck => {
  if (/^\d+$/.test(value)) return process => ({ value: process.stat.parent === Number(value) })
  const { inverted, pattern } = expression(value, 'parent')
  return (process, { parentOf }) => {
    const parent = parentOf(process.stat)
    return { value: (parent !== undefined && pattern.test(parent.name)) !== inverted }
  }
}
