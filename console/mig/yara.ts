import type { WrittenOperation } from '../ask/composition.ts'
import { parseLine } from '../prompt/words.ts'
import { bad, foreign, type Members, shown, type Warn } from './json.ts'
import { pathOf } from './paths.ts'

/** Flags of MIG's file module that say which files, by ours. */
const TAKEN: Record<string, string> = {
  path: 'path',
  name: 'name',
  size: 'size',
  mode: 'mode',
  mtime: 'mtime',
  maxdepth: 'depth'
}
/** Flags that change nothing of which files are scanned. */
const IDLE = ['matchall', 'returnsha256', 'verbose', 'macroal', 'decompress']
const IDLE_WITH_VALUE = ['matchlimit', 'maxerrors']
const UNLIMITED = 64

/** The rules as text, and the files by the command line of MIG's file module. Throws naming the member. */
export const yaraOperation = (params: Members, _: number, warn: Warn): WrittenOperation[] => {
  params.only(['yara', 'filesearch'])
  const [rules, search] = [params.text('yara'), params.text('filesearch')]
  if (!rules) throw bad(params.at('yara'), 'rules are wanted')
  if (!search) throw bad(params.at('filesearch'), 'which files is not said')
  const flags = filesOf(search, params.at('filesearch'), warn)
  return [{ module: 'yara', texts: { rules }, flags: { ...flags, follow: true, 'cross-devices': true } }]
}

const filesOf = (search: string, place: string, warn: Warn): Record<string, string[] | number> => {
  const lists: Record<string, string[]> = {}
  const words = [...parseLine(search).words]
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [, name, inline] = /^--?([a-z0-9]+)(?:=(.*))?$/s.exec(word) ?? []
    if (name === undefined) throw bad(place, `${shown(word)} is no flag`)
    if (IDLE.includes(name)) continue
    const ours = Object.hasOwn(TAKEN, name) ? TAKEN[name] : undefined
    if (ours === undefined && !IDLE_WITH_VALUE.includes(name))
      throw foreign(place, `-${name} does not say which files`, 'Say in a rule what is in them.')
    const value = inline ?? words.shift()
    if (value === undefined) throw bad(place, `-${name} needs a value`)
    if (ours !== undefined) lists[ours] = [...(lists[ours] ?? []), value]
  }
  const paths = lists['path']?.map(path => pathOf(path, place, warn).path)
  if (paths === undefined) throw bad(place, '-path is missing')
  const said = lists['depth']?.at(-1) ?? '0'
  // What is no number would be no limit.
  if (!/^\d{1,9}$/.test(said)) throw bad(place, '-maxdepth wants a whole number')
  const depth = Number(said)
  const { depth: _depth, ...rest } = lists
  return { ...rest, path: [...new Set(paths)], ...(depth > 0 && depth <= UNLIMITED && { depth }) }
}
