import { type ChildProcess, spawn } from 'node:child_process'
import { isSea } from 'node:sea'
import { GumshoeError } from '../errors.ts'

/** Parts that a program plays as a child of itself; its main dispatches them before anything else. */
export const ROLES = ['fence', 'child'] as const
export type ProcessRole = (typeof ROLES)[number]

export const isRole = (word: string | undefined): word is ProcessRole => ROLES.some(role => role === word)

/** How to start our own program in a role: the single executable takes the role alone, plain node its launcher first. */
export const roleArguments = (role: ProcessRole, entry: string | undefined = process.argv[1]): string[] => {
  if (isSea()) return [role]
  if (entry === undefined)
    throw new GumshoeError('internal', 'This process does not know the file that it was started from.')
  return [entry, role]
}

/**
 * Starts our own program in a role, with an IPC channel. Nothing of an action stands on its command line or in its
 * environment: the job goes over the channel.
 */
export const spawnRole = (role: ProcessRole, entry?: string): ChildProcess =>
  spawn(process.execPath, roleArguments(role, entry), {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'json',
    env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', TZ: 'UTC' },
    cwd: '/'
  })
