import { modeText } from '../host/mode.ts'
import { inRanges, nameFilter } from '../match/name-filter.ts'
import { compilePattern } from '../match/regex.ts'
import type { Entry } from './entry.ts'
import type { PersistenceParams } from './params.ts'
import { saidLines } from './words.ts'

/** What an entry comes to for a question, before anybody asks whose it is. */
export interface Fit {
  /** The line of a script that `--runs` found first. */
  readonly line?: number | undefined
}

/** Judges entries by everything but their packages; undefined where one is not asked about. */
export const persistenceFilter = (params: PersistenceParams): ((entry: Entry) => Fit | undefined) => {
  const onPath = nameFilter(params.paths, 'path')
  const onMode = nameFilter(params.modes, 'mode')
  const runs = params.runs?.map(source => {
    const not = source.startsWith('!')
    return { not, pattern: compilePattern(not ? source.slice(1) : source, 'runs') }
  })
  return entry => {
    const { path, target, user, enabled, file } = entry
    if (params.enabled !== undefined && params.enabled !== enabled) return undefined
    if (params.users && !(user !== undefined && params.users.includes(utf8(user)))) return undefined
    if (params.mtime && !inRanges([params.mtime], Math.floor(file.status.mtimeMs))) return undefined
    if (params.sha256 && !params.sha256.includes(file.digests.get('sha256') ?? '')) return undefined
    if (onMode?.(Buffer.from(modeText(file.status.mode))) === false) return undefined
    if (onPath?.(path) === false && !(target !== undefined && onPath(target))) return undefined
    let line = entry.line
    for (const { not, pattern } of runs ?? []) {
      const at = firstMatch(entry, bytes => pattern.test(bytes))
      if ((at !== undefined) === not) return undefined
      line ??= at || undefined
    }
    return { line }
  }
}

/** The line of the first match, 0 where it is in no line; undefined where there is none. */
const firstMatch = (
  { commands, script }: Entry,
  test: (bytes: Uint8Array) => boolean
): number | undefined => {
  if (commands.some(command => test(Buffer.from(command, 'latin1')))) return 0
  if (script === undefined || !isText(script)) return undefined
  for (const { text, line } of saidLines(script, '')) if (test(Buffer.from(text, 'latin1'))) return line
  return undefined
}

const utf8 = (text: string): string => Buffer.from(text, 'latin1').toString()

/** What is no text has no lines. */
export const isText = (script: string): boolean => !script.slice(0, 8_192).includes('\0')
