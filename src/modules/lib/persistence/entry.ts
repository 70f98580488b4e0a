import type { Examined } from '../host/host-files.ts'

/** Kinds of things that start by themselves on a host. */
export const PERSISTENCE_KINDS = [
  'service',
  'timer',
  'socket',
  'unit',
  'dropin',
  'generator',
  'cron',
  'at',
  'init',
  'shell',
  'loader',
  'pam',
  'udev',
  'kernel',
  'autostart',
  'motd',
  'dbus',
  'inetd',
  'network',
  'package',
  'binfmt',
  'power'
] as const
export type PersistenceKind = (typeof PERSISTENCE_KINDS)[number]

/** One thing that a file has the host start. All text is latin1, the bytes of the host as they are. */
export interface Start {
  /** What is run, each by itself; a script says it by its own lines. */
  readonly commands: readonly string[]
  /** As which user, where the file says so. */
  readonly user?: string | undefined
  readonly line?: number | undefined
  readonly enabled?: boolean | undefined
}

/** A file that has the host start something. */
export interface Entry extends Start {
  readonly kind: PersistenceKind
  readonly path: Buffer
  /** Where the path leads, if somewhere else. */
  readonly target?: Buffer | undefined
  /** Of one user only, not of the whole host. */
  readonly ofUser: boolean
  readonly file: Examined
  /** The lines of a script, which only `--runs` looks at. */
  readonly script?: string | undefined
}

/** Makes of the text of one file what it starts. */
export type StartReader = (text: string, name: string) => Start[]
