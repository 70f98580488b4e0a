import { LIMITS } from '../../src/limits.ts'
import type { WrittenOperation } from '../ask/composition.ts'
import { bad, isObject, Members, shown, type Warn } from './json.ts'
import { inParts, Labels } from './labels.ts'

type Made = Record<string, unknown> & { label: string }

/** Throws `malformed`, `no-counterpart` naming the member. */
export const memoryOperation = (params: Members, warn: Warn): WrittenOperation[] => {
  params.only(['searches'])
  const from = params.at('searches')
  const searches = params.get('searches')
  if (!isObject(searches) || Object.keys(searches).length === 0) throw bad(from, 'there is no search')
  const labels = new Labels()
  const all = Object.entries(searches).flatMap(([label, search]) => {
    const at = `${from}.${shown(label)}`
    return searchesOf(new Members(search, at), labels.of(label, at, warn), labels)
  })
  return inParts(all, LIMITS.searches).map(those => ({
    module: 'memory',
    texts: { searches: JSON.stringify(those) }
  }))
}

const searchesOf = (search: Members, label: string, labels: Labels): Made[] => {
  search.only(['description', 'names', 'libraries', 'bytes', 'contents', 'options'])
  const options = search.members('options') ?? new Members({}, search.at('options'))
  options.only(['offset', 'maxlength', 'logfailures', 'matchall'])
  options.flag('logfailures')
  const [offset, length] = [options.whole('offset') ?? 0, options.whole('maxlength') ?? 0]
  const rest = {
    ...(search.text('description') && { description: search.text('description')!.slice(0, 256) }),
    ...(offset > 0 && { offset }),
    ...(length > 0 && { maxLength: length })
  }
  const [paths, libraries, contents] = ['names', 'libraries', 'contents'].map(name =>
    search.texts(name)?.map(value => (value.startsWith('!') ? `(?:${value})` : value))
  )
  const bytes = search.texts('bytes')?.map((hex, i) => {
    if (!/^([0-9a-fA-F]{2})+$/.test(hex))
      throw bad(`${search.at('bytes')}[${i}]`, 'pairs of hex digits are wanted')
    return hex.toLowerCase()
  })
  const inside = { ...(contents && { contents }), ...(bytes && { bytes }) }
  if (options.flag('matchall'))
    return [{ label, ...rest, ...(paths && { paths }), ...(libraries && { libraries }), ...inside }]
  // Each check stands for itself: which process, what it has loaded, and what is in it.
  const each = [
    ...(paths ?? []).map(path => ({ paths: [path] })),
    ...(libraries ?? []).map(library => ({ libraries: [library] })),
    ...(Object.keys(inside).length > 0 ? [{ ...inside, any: true }] : [])
  ]
  if (each.length === 0) throw bad(search.place, 'it asks nothing')
  return each.map((checks, i) => ({ label: i === 0 ? label : labels.next(label), ...rest, ...checks }))
}
