import type { Host } from '../../spec.ts'
import type { HostFiles } from '../host/host-files.ts'
import { Walk } from '../host/walk.ts'
import { WalkCount, type WalkedFile } from '../host/walked.ts'
import { beginningOf } from '../packages/beginning.ts'
import { FACTS, type Fact } from './facts.ts'
import type { FileReader } from './file-reader.ts'

/** What is larger is no file of settings. */
const MOST = 16 << 20

export interface FileTask {
  readonly object: string
  readonly path: Buffer
  readonly depth: number
  readonly reader: FileReader
}

/** Where a task's facts go. */
export interface Found {
  readonly facts: Fact[]
  whole: boolean
}

/**
 * One walk for the objects that look at one path: each file is read once for all of them. Yields every so often: breathe
 * then. Throws `limit-bytes`.
 */
export function* fileFacts(
  tasks: readonly FileTask[],
  { root, limits }: Host,
  files: HostFiles,
  found: (object: string) => Found
): Generator<undefined> {
  const count = new WalkCount()
  const walk = new Walk(
    {
      root,
      openRoot: files.openRoot,
      entries: limits.entries,
      crossDevices: true,
      kinds: new Set(),
      count
    },
    tasks.map(({ path, depth }) => ({ paths: [path], maxDepth: depth, follow: true }))
  )
  for (const file of walk.files()) {
    if (file === undefined) {
      yield undefined
      continue
    }
    const asked = file.scopes.map(scope => tasks[scope]!).filter(({ reader }) => reader.mayTell(file.name))
    if (asked.length > 0) judgeFile(file, asked, walk, files, found)
  }
  if (walk.limit !== undefined) count.skip(walk.limit)
  files.count.add(count)
  if (count.unreadable + count.skipped > 0) for (const { object } of tasks) found(object).whole = false
}

const judgeFile = (
  file: WalkedFile,
  tasks: readonly FileTask[],
  walk: Walk,
  files: HostFiles,
  found: (object: string) => Found
): void => {
  try {
    if (walk.refuses(file)) return
    const path = Buffer.from(file.path)
    const bytes = tasks.some(({ reader }) => reader.ofBytes) ? bytesOf(file, walk, files) : undefined
    for (const { object, reader } of tasks) {
      const { facts } = found(object)
      const values = reader.ofName?.(file.name) ?? (bytes && reader.ofBytes?.(bytes)) ?? []
      for (const value of values) {
        if (facts.length >= FACTS) {
          walk.count.skip('limit-facts')
          break
        }
        facts.push({ thing: { path }, value })
      }
    }
  } catch (error) {
    if ((error as { code?: unknown }).code === 'limit-bytes') throw error
    walk.count.missed(error)
  }
}

const bytesOf = (file: WalkedFile, walk: Walk, files: HostFiles): Buffer => {
  if (file.status.size > MOST) walk.count.skip('too-large')
  return beginningOf(file, files.budget, MOST)
}
