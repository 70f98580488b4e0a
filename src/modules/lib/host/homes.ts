import type { HostFiles } from './host-files.ts'
import { userOf } from './passwd.ts'

export interface Home {
  /** Without a slash at its end; empty where a home is the root. */
  readonly path: string
  /** Whose it is, by the host's own files. */
  readonly user: string | undefined
}

/** Homes of the host's own users, and directories in /home besides: accounts of a directory service have theirs there. */
export const homesOf = (files: HostFiles): Home[] => {
  const homes = new Map<string, Home>()
  const add = (path: string, user: string | undefined): void => {
    if (!homes.has(path)) homes.set(path, { path, user })
  }
  for (const line of files.lines('/etc/passwd')) {
    const user = userOf(line)
    if (user?.home.startsWith('/')) add(user.home.replace(/(?<!\/)\/+$/, ''), user.name)
  }
  for (const name of files.list('/home')) add(`/home/${name.toString('latin1')}`, undefined)
  return [...homes.values()].filter(({ path }) => files.isDirectory(path || '/'))
}
