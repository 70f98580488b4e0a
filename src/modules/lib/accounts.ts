import { closeSync } from 'node:fs'
import { chunksOf, openFile } from './read.ts'
import { childOf, closeDirectory, openParent, resolveIn } from './root.ts'

/** Names of users and groups by the host's own files, read once a run; numbers where a file does not know them. */
export interface Accounts {
  user(uid: number): string
  group(gid: number): string
}

/** A domain with tens of thousands of accounts has some MB; what comes after is named by number. */
const MOST = 8 << 20

export const accountsOf = (root: string): Accounts => {
  const users = readTable(root, '/etc/passwd')
  const groups = readTable(root, '/etc/group')
  return { user: uid => users.get(uid) ?? String(uid), group: gid => groups.get(gid) ?? String(gid) }
}

/** The first name of each number; empty where the file is missing or is no file at all. */
const readTable = (root: string, path: string): Map<number, string> => {
  const table = new Map<number, string>()
  for (const line of readText(root, path).split('\n')) {
    const [name, , number] = line.split(':')
    if (name && /^\d+$/.test(number ?? '') && !table.has(Number(number))) table.set(Number(number), name)
  }
  return table
}

const readText = (root: string, path: string): string => {
  try {
    const parts = resolveIn(root, Buffer.from(path))
    const above = openParent(root, parts)
    try {
      const { fd, size } = openFile(childOf(above, parts.at(-1)!))
      try {
        const chunks = [...chunksOf(fd, size, { left: MOST })].map(chunk => Buffer.from(chunk))
        return Buffer.concat(chunks).toString('utf8')
      } finally {
        closeSync(fd)
      }
    } finally {
      closeDirectory(above)
    }
  } catch {
    return ''
  }
}
