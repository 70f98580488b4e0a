import { statSync } from 'node:fs'
import { isGone, pidsOf } from '../processes/proc-read.ts'
import { procLines } from './proc-lines.ts'

/** A network namespace, by the processes that are in it. */
export interface Namespace {
  /** What tells it from others, for this look. */
  readonly id: number
  /** Some of them, the first one first: any leads to it. */
  readonly pids: readonly number[]
}

/** When one has ended, the next leads to the same namespace. */
const KEPT = 8

/**
 * Which namespace a process is in: the kernel's files of each have numbers of their own, which everybody may see; the
 * namespace itself (/proc/PID/ns/net) only who may look into the process. Throws what the system throws.
 */
export const namespaceOf = (proc: string, pid: number): number => statSync(filesOf(proc, pid, 'dev')).ino

export const filesOf = (proc: string, pid: number, name?: string): string =>
  `${proc}/${pid}/net${name === undefined ? '' : `/${name}`}`

/**
 * Namespaces in the order of their first processes: the host's own comes first. Yields nothing but breaths, and the errors
 * of what could not be seen. `own` is left out: a fenced child has a network of its own, and nobody asks about that. Throws
 * what the system throws where there is no /proc.
 */
export function* findNamespaces(
  proc: string,
  { all, own, into }: { all: boolean; own: number; into: Namespace[] }
): Generator<unknown> {
  const known = new Map<number, number[]>()
  for (const pid of pidsOf(proc)) {
    if (pid === own) continue
    let missed: unknown
    try {
      const id = namespaceOf(proc, pid)
      const pids = known.get(id)
      if (pids === undefined) {
        const first = [pid]
        known.set(id, first)
        into.push({ id, pids: first })
      } else if (pids.length < KEPT) pids.push(pid)
    } catch (error) {
      // It has ended, or is about to and is in none any more.
      if (!isGone(error) && (error as NodeJS.ErrnoException).code !== 'EINVAL') missed = error
    }
    yield missed
    if (!all && known.size > 0) return
  }
}

/**
 * How many namespaces are kept by a mount (`ip netns`, containers) that none of these is seen to be. Throws what the system
 * throws.
 */
export const emptyNamespaces = (proc: string, namespaces: readonly Namespace[]): number => {
  const kept = new Set<number>()
  for (const line of procLines(`${proc}/${namespaces[0]?.pids[0] ?? 1}/mountinfo`)) {
    const number = / net:\[(\d+)\] .* - nsfs /.exec(line)?.[1]
    if (number !== undefined) kept.add(Number(number))
  }
  if (kept.size === 0) return 0
  for (const { pids } of namespaces)
    for (const pid of pids) {
      try {
        kept.delete(statSync(`${proc}/${pid}/ns/net`).ino)
        break
      } catch {
        // It has ended, or lets nobody look: then its namespace may be one of those.
      }
    }
  return kept.size
}
