import {
  chmodSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { impersonal, writeExecutable } from '../../src/cli/personal.ts'
import { GumshoeError } from '../../src/errors.ts'
import { layout } from '../home.ts'
import { EXECUTABLE, USER } from './files.ts'
import type { ServiceFile } from './service.ts'
import type { Tools } from './tools.ts'

/** What a step found: it did its part, or nothing was left to do. */
export type Done = 'made' | 'unchanged' | 'removed' | 'was not there'

/** A user of the agent's own, that nobody can log in as. */
export const makeUser = ({ ask, run, find }: Tools): Done => {
  if (ask('id', '-u', USER)) return 'unchanged'
  const group = ask('getent', 'group', USER) ? ['--gid', USER] : ['--user-group']
  const shell = ['--shell', find('nologin')]
  run('useradd', '--system', ...group, '--no-create-home', '--home-dir', '/', ...shell, USER)
  return 'made'
}

export const removeUser = ({ ask, run }: Tools): Done => {
  if (!ask('id', '-u', USER)) return 'was not there'
  run('userdel', USER)
  if (ask('getent', 'group', USER)) run('groupdel', USER)
  return 'removed'
}

/** This executable, without the enrolment that it may carry, where everybody may run and nobody but root change it. */
export const placeExecutable = (own: string): Done => {
  const bytes = impersonal(own)
  if (existsSync(EXECUTABLE) && readFileSync(EXECUTABLE).equals(bytes)) return 'unchanged'
  mkdirSync(dirname(EXECUTABLE), { recursive: true })
  writeExecutable(EXECUTABLE, bytes, 0o755)
  // The umask of who typed it may have taken some of it.
  chmodSync(EXECUTABLE, 0o755)
  return 'made'
}

export const writeService = (file: ServiceFile): Done => {
  const { path, mode } = file
  const text = file.text()
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return 'unchanged'
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  chmodSync(path, mode)
  return 'made'
}

/**
 * Gives a home of root's (made just now, or by an agent that root ran) to the agent: what is in it first, so that nobody
 * else can put a thing in its place meanwhile. One that is not root's is left as it is.
 */
export const giveHome = (home: string, uid: number, gid: number): Done => {
  if (lstatSync(home).uid !== 0) return 'unchanged'
  give(home, uid, gid)
  return 'made'
}

const give = (path: string, uid: number, gid: number): void => {
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) give(join(path, name), uid, gid)
  lchownSync(path, uid, gid)
}

/** Removes a home with all that is in it; a directory that is no home of an agent is left alone. Throws `usage`. */
export const removeHome = (home: string): Done => {
  if (!existsSync(home)) return 'was not there'
  const isHome = lstatSync(home).isDirectory() && (existsSync(layout(home).identity) || isEmpty(home))
  if (!isHome)
    throw new GumshoeError('usage', `${home} is no home of an agent; it is left as it is.`, {
      fix: 'Say with --home where the home is, or remove it by hand.'
    })
  rmSync(home, { recursive: true })
  return 'removed'
}

const isEmpty = (directory: string): boolean => readdirSync(directory).length === 0

export const removeFile = (path: string): Done => {
  if (!existsSync(path)) return 'was not there'
  rmSync(path)
  return 'removed'
}
