import {
  chmodSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { privateDirectory, refuseOpenAbove } from '../../src/cli/home.ts'
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
  mkdirSync(dirname(EXECUTABLE), { recursive: true })
  refuseOpenAbove(EXECUTABLE, { groups: true })
  return place(EXECUTABLE, bytes, 0o755)
}

export const writeService = (file: ServiceFile): Done => place(file.path, Buffer.from(file.text()), file.mode)

/** One that is there already stays only where it is root's own: who else owns it, or turns the link, would run as the agent. */
const place = (path: string, bytes: Uint8Array, mode: number): Done => {
  const there = lstatSync(path, { throwIfNoEntry: false })
  const isRoots = there?.isFile() === true && there.uid === 0 && (there.mode & 0o7777) === mode
  if (isRoots && readFileSync(path).equals(bytes)) return 'unchanged'
  mkdirSync(dirname(path), { recursive: true })
  writeExecutable(path, bytes, mode)
  // The umask of who typed it may have taken some of it.
  chmodSync(path, mode)
  return 'made'
}

/**
 * Gives a home of root's (made just now, or by an agent that root ran) to the agent: what is in it first, so that nobody
 * else can put a thing in its place meanwhile. One that is not root's is left as it is. Throws `home-open`.
 */
export const giveHome = (home: string, uid: number, gid: number): Done => {
  if (lstatSync(home).uid !== 0) return 'unchanged'
  // Where others may write, a link to a file of root's (or one more name of it) would be given away with the rest.
  privateDirectory(home, { own: true })
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
  // A process of the agent that was left over could turn a directory into a link under our hands.
  asOwner(home, () => {
    for (const name of readdirSync(home)) rmSync(join(home, name), { recursive: true })
  })
  rmdirSync(home)
  return 'removed'
}

/** With no more rights than the owner of a path has. Throws `permission` where they do not do. */
const asOwner = (path: string, act: () => void): void => {
  const { uid, gid } = lstatSync(path)
  process.setegid!(gid)
  process.seteuid!(uid)
  try {
    act()
  } catch (cause) {
    throw new GumshoeError('permission', `${path} holds what is not its owner's: ${String(cause)}.`, {
      cause,
      fix: `Look at it, then rm -r ${path}`
    })
  } finally {
    process.seteuid!(0)
    process.setegid!(0)
  }
}

const isEmpty = (directory: string): boolean => readdirSync(directory).length === 0

export const removeFile = (path: string): Done => {
  if (!existsSync(path)) return 'was not there'
  rmSync(path)
  return 'removed'
}
