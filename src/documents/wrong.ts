import type { z } from 'zod'

/** What a schema finds wrong, in our words: which field, and what it must be. */

type Issue = z.core.$ZodIssue

export interface Wrong {
  readonly path: readonly PropertyKey[]
  /** What comes after the name of the field. */
  readonly words: string
  readonly isMissing: boolean
}

/** The first thing that is wrong. */
export const wrongIn = ({ issues: [issue] }: z.ZodError): Wrong => wrongOf(issue!)

/** `reason is needed.`, `operation 1, when: this must be text.` */
export const sayWrong = (place: string, { words, isMissing }: Pick<Wrong, 'words' | 'isMissing'>): string =>
  `${place}${isMissing ? '' : ':'} ${words}.`

/** `operation 1, when`: a path for people, who count from one. */
export const placeOf = (path: readonly PropertyKey[]): string => {
  const words: string[] = []
  for (const step of path)
    if (typeof step === 'number') words.push(`${words.pop()?.replace(/s$/, '') ?? 'entry'} ${step + 1}`)
    else words.push(String(step))
  return words.join(', ')
}

const wrongOf = (issue: Issue): Wrong => {
  if (issue.code === 'invalid_union') return wrongOfUnion(issue)
  const { path } = issue
  if (issue.code === 'invalid_key' || issue.code === 'invalid_element') {
    const within = issue.issues[0]
    if (within !== undefined) return { ...wrongOf(within), path }
  }
  const isMissing = issue.code === 'invalid_type' && lacks(issue)
  return { path, words: isMissing ? 'is needed' : wordsOf(issue), isMissing }
}

const lacks = (issue: Issue): boolean =>
  issue.code === 'invalid_union'
    ? issue.errors.length > 0 && issue.errors.every(([first]) => first !== undefined && lacks(first))
    : issue.message.endsWith('received undefined')

/** Of several forms the one that was meant: of the same type, with the least that is wrong; else what all of them want. */
const wrongOfUnion = (issue: Extract<Issue, { code: 'invalid_union' }>): Wrong => {
  if (lacks(issue)) return { path: issue.path, words: 'is needed', isMissing: true }
  const meant = issue.errors.filter(([first]) => first !== undefined && typesIn(first) === undefined)
  const [first] = meant.sort((a, b) => a.length - b.length)[0] ?? []
  if (first !== undefined) {
    const within = wrongOf(first)
    return { ...within, path: [...issue.path, ...within.path] }
  }
  const types = [...new Set(typesIn({ ...issue, path: [] }))]
  const words = types.length === 0 ? 'this does not have its form' : `this must be ${anyOf(types)}`
  return { path: issue.path, words, isMissing: false }
}

/** The types that are wanted in the place of what is there; undefined where its type is right. */
const typesIn = (issue: Issue): string[] | undefined => {
  if (issue.path.length > 0) return undefined
  if (issue.code === 'invalid_type') return [typeOf(issue)]
  if (issue.code !== 'invalid_union') return undefined
  const all = issue.errors.flatMap(([first]) => (first ? [typesIn(first)] : []))
  return all.every(types => types !== undefined) ? all.flat() : undefined
}

const anyOf = (words: readonly string[]): string =>
  [words.slice(0, -1).join(', '), ...words.slice(-1)].filter(Boolean).join(' or ')

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object'
}

const typeOf = (issue: Issue): string => {
  const wanted = issue.code === 'invalid_type' ? issue.expected : ''
  return TYPES[wanted] ?? 'something else'
}

/** A sentence of zod begins with a capital; what a schema of ours says does not. */
const isOwn = ({ message }: Issue): boolean => !/^[A-Z]/.test(message)

const wordsOf = (issue: Issue): string => {
  if (isOwn(issue)) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      return `this must be ${typeOf(issue)}`
    case 'invalid_value':
      return `this must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`
    case 'unrecognized_keys':
      return `there is no member ${issue.keys.map(key => JSON.stringify(key)).join(', ')}`
    case 'too_small':
      return atLeast(issue)
    case 'too_big':
      return `this must ${sizeOf(issue.origin, 'at most', issue.maximum)}`
    default:
      return 'this does not have its form'
  }
}

const atLeast = ({ origin, minimum }: Extract<Issue, { code: 'too_small' }>): string =>
  Number(minimum) === 1 && (origin === 'string' || origin === 'array')
    ? 'this must not be empty'
    : `this must ${sizeOf(origin, 'at least', minimum)}`

const sizeOf = (origin: string, bound: string, size: number | bigint): string => {
  if (origin === 'string') return `have ${bound} ${size} characters`
  return origin === 'array' || origin === 'set' || origin === 'map'
    ? `have ${bound} ${size} entries`
    : `be ${bound} ${size}`
}
