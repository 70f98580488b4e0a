import { readFileSync } from 'node:fs'
import { resolveIn } from './root.ts'

/** Names of users and groups by the host's own files, read once a run; numbers where a file does not know them. */
export interface Names {
  user(uid: number): string
  group(gid: number): string
}

export const namesOf = (root: string): Names => {
  const users = readTable(root, '/etc/passwd')
  const groups = readTable(root, '/etc/group')
  return { user: uid => users.get(uid) ?? String(uid), group: gid => groups.get(gid) ?? String(gid) }
}

const readTable = (root: string, path: string): Map<number, string> => {
  try {
    const parts = resolveIn(root, Buffer.from(path)).map(String)
    const text = readFileSync(`${root === '/' ? '' : root}/${parts.join('/')}`, 'latin1')
    const rows = text.split('\n').map(line => line.split(':'))
    return new Map(rows.filter(row => row.length > 2).map(row => [Number(row[2]), row[0]!]))
  } catch {
    return new Map()
  }
}

/** A mode as `ls -l` shows it: `-rwsr-xr-x`. */
export const modeText = (mode: number): string => {
  const kind = { 9604: 'd', 21609: 'l', 4802: 'c', 14406: 'b', 2401: 'p', 26411: 's' }[mode & 0o170000] ?? '-'
  const triple = (bits: number, special: boolean, letter: string) =>
    `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${special ? (bits & 1 ? letter : letter.toUpperCase()) : bits & 1 ? 'x' : '-'}`
  return (
    kind +
    triple(mode >> 6, (mode & 0o4000) !== 0, 's') +
    triple(mode >> 3, (mode & 0o2000) !== 0, 's') +
    triple(mode, (mode & 0o1000) !== 0, 't')
  )
}
