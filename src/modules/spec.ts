import type { z } from 'zod'
import type { RunLimits } from '../documents/charter.ts'
import type { Risk } from '../documents/vocabulary.ts'
import type { ErrorCode } from '../errors.ts'
import type { AboutAgent } from './lib/agentinfo/about-agent.ts'
import type { NotifyCalls } from './lib/fswatch/notify-calls.ts'
import type { FileCalls } from './lib/host/file-calls.ts'
import type { NetCalls } from './lib/network/net-calls.ts'

/** One value of a row as a module yields it. Values from hosts (paths, names) are raw bytes, never normalised (design 2). */
export type Cell = number | boolean | string | Uint8Array
export type Row = Record<string, Cell>

/** `plain` travels as it is; `private` as commitments under `hashed`; `guessable` only as which of the question's literals it matched (design 4). */
export type Secrecy = 'plain' | 'private' | 'guessable'
export type ColumnType = 'count' | 'bool' | 'text' | 'time' | 'bytes' | 'path'

export interface Column {
  readonly type: ColumnType
  readonly secrecy: Secrecy
  readonly doc: string
}

/** What a run saw of what it was asked about: a `no` with something unreadable is `partial`. */
export interface Coverage {
  readonly seen: number
  readonly unreadable: number
  readonly skipped: number
}

/** How a module's run ended; `limit` names the budget that ended it early. */
export interface Outcome {
  readonly found: boolean
  readonly coverage: Coverage
  readonly limit?: ErrorCode
  /** Rows found by each labelled part of the question. */
  readonly counts: Readonly<Record<string, number>>
  /** Codes of soft errors with how often they came, bounded. */
  readonly errors: Readonly<Record<string, number>>
}

/** What a module is given of its host. Modules use no other way to it. */
export interface Host {
  /** `/`, or the directory whose file system the agent answers for; absolute links resolve inside it. */
  readonly root: string
  readonly signal: AbortSignal
  /** Every limit resolved: spec ∧ policy ∧ action ∧ this host. */
  readonly limits: Required<RunLimits>
  /** Milliseconds since the epoch: the action's validFrom, so that a late host answers the same question. */
  readonly asOf: number
  /** Better ways to files than Node's, where the machine has them. */
  readonly files?: FileCalls | undefined
  /** The way to other machines; only where the spec looks into the network. */
  readonly net?: NetCalls | undefined
  /** What the agent that runs the module knows of itself; only where the spec asks for it. */
  readonly agent?: AboutAgent | undefined
  /** The kernel's answer to who the neighbours by IPv6 are, unread; only where the spec asks for it, and it could be had. */
  readonly neighbours?: Uint8Array | undefined
  /** What the parameters name by its hash. Throws `attachment-missing` for anything else. */
  attachment?(sha256: string): Uint8Array
  /** How the system tells what changes, where it does. */
  readonly notify?: NotifyCalls | undefined
}

/** A thing that a standing module knows of its host, under a key: kept by the agent over its restarts. */
export type Remembered = readonly [key: Uint8Array, value: Uint8Array]

/** What the next part may hold, raw; a new one for each part. */
export interface Room {
  rows: number
  bytes: number
}

/** What a standing module is given beside: the signal of its host ends it, and what was noticed until then is told yet. */
export interface Watch {
  /** What an earlier life of the agent remembered; undefined in the first. */
  readonly remembered: readonly Remembered[] | undefined
  readonly room: Readonly<Room>
}

/** What a standing module tells at one time, with all that it has to remember of it. */
export interface Part {
  readonly rows: readonly Row[]
  /** Rows that had no room: they are counted, and not told later. */
  readonly left: number
  /** As it is now. */
  readonly coverage: Coverage
  readonly errors: Readonly<Record<string, number>>
  /** What to remember, by key; without a value it is forgotten. */
  readonly remember: readonly (readonly [key: Uint8Array, value?: Uint8Array])[]
}

/** `file`: a path is typed; who asks reads the file, and its text is what comes to `fromFlags`. No host opens it. */
export type FlagType = 'string' | 'number' | 'boolean' | 'file'

/**
 * What a module has to look into, which decides how its child is held (ADR 16): files; other processes, what they run, hold
 * and are connected to; their memory too; or other machines, over the network, and then next to no file (ADR 20).
 */
export const LOOKS = ['files', 'processes', 'memory', 'network'] as const
export type Looks = (typeof LOOKS)[number]

/** One command-line flag of a module; `repeat` collects a list. */
export interface Flag {
  /** A file that may be larger than an action: what the module then names by its hash goes along as an attachment. */
  readonly attach?: boolean
  readonly type: FlagType
  readonly doc: string
  readonly repeat?: boolean
  readonly group?: string
  readonly short?: string
  /** Closed set of values, for completion. */
  readonly values?: readonly string[]
}

export interface Example {
  readonly title: string
  /** The flags as typed after the module's name. */
  readonly argv: readonly string[]
  /** What is in the files that the flags name. */
  readonly files?: Readonly<Record<string, string>>
}

/** All that Gumshoe knows about a module; flags, help, completion, validation, docs and contract tests come from it (design 9). */
export interface ModuleSpec<P = unknown> {
  readonly name: string
  readonly major: number
  readonly sentence: string
  readonly platforms: readonly NodeJS.Platform[]
  readonly risk: Risk
  /**
   * How many checks about what is in files, logs or memory the parameters make: whoever asks learns a bit from each, and an
   * action with many of them counts as `sensitive` (ADR 24). At least as many as are run; none where it is not said.
   */
  contentChecks?(params: P): number
  /** What of an `inspect` module counts as `sensitive` whatever it is asked beside (ADR 24). */
  sensitive?(params: P): boolean
  /** False where it needs the live kernel: then it answers `unsupported` under --root. */
  readonly anyRoot: boolean
  /** It is handed what the agent knows of itself: facts, never a key. */
  readonly aboutAgent?: true
  /** It is handed the kernel's answer to who the neighbours are, which its child can not ask itself. */
  neighbours?(params: P): boolean
  /** What it reads, for the fence and for `gumshoe-agent run`, with what is missed without it. */
  readonly rights: readonly { readonly right: string; readonly without: string }[]
  /** What a question has to look into; `files` where it is not said. No more than it needs: the fence is the tighter for it. */
  looks?(params: P): Looks
  /** On a usual host it reads so little that compilers that make code fast cost more than they save. */
  readonly brief?: true
  readonly flags: Readonly<Record<string, Flag>>
  /** The parameters inside a signed action: strict, absolute times only. */
  readonly params: z.ZodType<P>
  /** Typed flags → parameters; relative times become absolute against `now` (ms). Throws `bad-params` naming the flag. */
  fromFlags(flags: Record<string, unknown>, now: number): P
  /** The same of flags that `fromFlags` has taken in a process of its own: there, where it compiles what a stranger wrote. */
  fromChecked?(flags: Record<string, unknown>, now: number): P
  /** One line that says in words what the parameters ask, for the preview. */
  say(params: P): string
  /** The question's own literals: the console may resolve commitments to them, guessable columns may name them. */
  literals(params: P): readonly string[]
  readonly columns: Readonly<Record<string, Column>>
  /** Default and largest limits of a run. */
  readonly limits: { readonly defaults: Required<RunLimits>; readonly most: Required<RunLimits> }
  readonly examples: readonly Example[]
  /** Of a standing module: one look at what it would watch. */
  run(params: P, host: Host): AsyncGenerator<Row, Outcome>
  /**
   * A standing module answers in numbered parts as things happen, until its action expires or is cancelled (ADR 18). The
   * next part is asked for when the one before is written and the rate allows another; the first comes as soon as it watches.
   */
  watch?(params: P, host: Host & Watch): AsyncGenerator<Part, Outcome>
}

/** Declares a module: only its types are checked here, nothing is registered by importing it. */
export const module = <P>(spec: ModuleSpec<P>): ModuleSpec<P> => spec

export const moduleId = (spec: { name: string; major: number }): string => `${spec.name}/${spec.major}`
