import { byPath } from './by-path.ts'
import { type OpenRoot, openParent } from './directory.ts'
import { readWhole } from './read.ts'
import { resolveIn } from './root.ts'

/** Names of users and groups by the host's own files, read once a run; numbers where a file does not know them. */
export interface Accounts {
  user(uid: number): string
  group(gid: number): string
}

/** A domain with tens of thousands of accounts has some MB; what comes after is named by number. */
const MOST = 8 << 20

export const accountsOf = (root: string, openRoot: OpenRoot = byPath): Accounts => {
  const users = readTable(openRoot, root, '/etc/passwd')
  const groups = readTable(openRoot, root, '/etc/group')
  return { user: uid => users.get(uid) ?? String(uid), group: gid => groups.get(gid) ?? String(gid) }
}

/** The first name of each number; empty where the file is missing or is no file at all. */
const readTable = (openRoot: OpenRoot, root: string, path: string): Map<number, string> => {
  const table = new Map<number, string>()
  for (const line of readText(openRoot, root, path).split('\n')) {
    const [name, , number] = line.split(':')
    if (name && /^\d+$/.test(number ?? '') && !table.has(Number(number))) table.set(Number(number), name)
  }
  return table
}

const readText = (openRoot: OpenRoot, root: string, path: string): string => {
  try {
    const parts = resolveIn(root, Buffer.from(path))
    const above = openParent(openRoot, root, parts)
    try {
      const file = above.open(parts.at(-1)!)
      try {
        return readWhole(file, MOST, { left: MOST }).toString('utf8')
      } finally {
        file.close()
      }
    } finally {
      above.close()
    }
  } catch {
    return ''
  }
}
