import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { isSea } from 'node:sea'
import type { Readable, Writable } from 'node:stream'
import { GumshoeError } from '../errors.ts'
import { LOOKS, type Looks } from '../modules/spec.ts'
import { addonForChildren } from './addon.ts'

/** Parts that a program plays as a child of itself; its main dispatches them before anything else. */
export const ROLES = ['fence', 'child', 'check'] as const
export type ProcessRole = (typeof ROLES)[number]

export const isRole = (word: string | undefined): word is ProcessRole => ROLES.some(role => role === word)

/** The word after the role: how the child is to be held. Without one, or with another, as tightly as can be. */
export const readLooks = (word: string | undefined): Looks => LOOKS.find(looks => looks === word) ?? 'files'

/** How to start our own program in a role: the single executable takes the role alone, plain node its launcher first. */
export const roleArguments = (
  role: ProcessRole,
  looks: Looks,
  entry: string | undefined = process.argv[1]
): string[] => {
  if (isSea()) return [role, looks]
  if (entry === undefined)
    throw new GumshoeError('internal', 'This process does not know the file that it was started from.')
  return [entry, role, looks]
}

/** What a child's environment holds: nothing of ours, so that neither a secret nor NODE_OPTIONS reaches it. */
export const CHILD_ENVIRONMENT = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', TZ: 'UTC' } as const

/**
 * Starts our own program in a role. Nothing of an action stands on its command line or in its environment: the job goes
 * through its standard input, and its words come through its standard output. Plain pipes and not Node's IPC channel,
 * which takes a line of any length into memory: the child is hostile.
 */
export const spawnRole = (
  role: ProcessRole,
  looks: Looks,
  entry?: string
): ChildProcessByStdio<Writable, Readable, Readable> => {
  const addon = addonForChildren()
  return spawn(process.execPath, roleArguments(role, looks, entry), {
    stdio: ['pipe', 'pipe', 'pipe', ...(addon === undefined ? [] : [addon])],
    env: CHILD_ENVIRONMENT,
    cwd: '/'
  }) as ChildProcessByStdio<Writable, Readable, Readable>
}
