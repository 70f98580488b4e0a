import { gunzipSync } from 'node:zlib'
import { LIMITS } from '../../src/limits.ts'
import { bad, foreign, Members, parseJson } from './json.ts'

/** An action of MIG's syntax version 2, as far as it asks something. */
export interface MigAction {
  readonly name: string
  /** SQL. */
  readonly target: string
  readonly description: string | undefined
  readonly threat: string | undefined
  /** How long it was meant to be open, where it says so. */
  readonly windowMs: number | undefined
  readonly operations: readonly MigOperation[]
}

export interface MigOperation {
  readonly module: string
  /** Undefined where it has none. */
  readonly parameters: unknown
  readonly place: string
}

/** What MIG itself writes into an action on its way: nothing of it is asked of a host. */
const OF_MIG = [
  ...[
    'id',
    'pgpsignatures',
    'investigators',
    'status',
    'starttime',
    'finishtime',
    'lastupdatetime',
    'counters'
  ],
  ...['validfrom', 'expireafter', 'syntaxversion', 'pgpsignature', 'pgpsignaturedate']
]
const ASKED = ['name', 'target', 'description', 'threat', 'operations']

/** Throws `malformed`, `no-counterpart` or `too-large`, naming the member. */
export const readMigAction = (text: string): MigAction => {
  const action = new Members(parseJson(text, 'The action'), '')
  const version = action.get('syntaxversion')
  if (action.has('objects') && action.has('tests'))
    throw bad(
      'The document',
      'it is a policy of scribe, and no action',
      'gumshoe policy --document FILE asks it.'
    )
  if (version !== 2)
    throw bad(
      'syntaxversion',
      version === undefined ? 'it is missing: is this an action of MIG?' : 'only version 2 is read'
    )
  action.only([...OF_MIG, ...ASKED])
  const name = action.text('name')
  const target = action.text('target')
  if (!name) throw bad('name', 'it is missing')
  if (!target) throw bad('target', 'it is missing')
  const listed = action.get('operations')
  if (!Array.isArray(listed) || listed.length === 0)
    throw bad('operations', 'a list of one or more is wanted')
  return {
    name,
    target,
    description: describe(action.members('description')),
    threat: threatOf(action.members('threat')),
    windowMs: windowOf(action),
    operations: listed.map((one, i) => operationOf(new Members(one, `operations[${i}]`)))
  }
}

const describe = (description: Members | undefined): string | undefined => {
  if (description === undefined) return undefined
  description.only(['author', 'email', 'url', 'revision'])
  const email = description.text('email')
  const revision = description.get('revision')
  const by = [description.text('author'), email && `<${email}>`].filter(Boolean).join(' ')
  const isSaid = typeof revision === 'number' || (typeof revision === 'string' && revision !== '')
  return joined([by, isSaid && `revision ${revision}`, description.text('url')])
}

const threatOf = (threat: Members | undefined): string | undefined => {
  if (threat === undefined) return undefined
  threat.only(['ref', 'level', 'family', 'type'])
  return joined(
    ['family', 'type', 'level', 'ref'].map(name => {
      const value = threat.text(name)
      return value && value !== '-' && `${name} ${value}`
    })
  )
}

const joined = (parts: readonly (string | false | undefined)[]): string | undefined =>
  parts.filter(Boolean).join(', ') || undefined

/** Templates have the year 1: then nothing is said. */
const windowOf = (action: Members): number | undefined => {
  const [from, until] = ['validfrom', 'expireafter'].map(name => {
    const text = action.text(name)
    if (text === undefined) return Number.NaN
    const moment = Date.parse(text)
    if (Number.isNaN(moment)) throw bad(name, 'a time is wanted')
    return moment > 0 ? moment : Number.NaN
  }) as [number, number]
  return until > from ? until - from : undefined
}

const operationOf = (operation: Members): MigOperation => {
  operation.only(['module', 'parameters', 'is_compressed', 'want_compressed'])
  const module = operation.text('module')
  if (!module) throw bad(operation.at('module'), 'it is missing')
  const place = operation.at('parameters')
  const packed = operation.flag('is_compressed')
  const given = operation.get('parameters')
  return { module: module.toLowerCase(), parameters: packed ? inflate(given, place) : given, place }
}

/** `mig -z`: JSON, gzipped, in base64. */
const inflate = (given: unknown, place: string): unknown => {
  if (typeof given !== 'string') throw bad(place, 'what is compressed is a text in base64')
  let text: string
  try {
    const bytes = gunzipSync(Buffer.from(given, 'base64'), { maxOutputLength: LIMITS.migActionBytes })
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw bad(place, `it does not inflate to a text of at most ${LIMITS.migActionBytes} bytes`)
  }
  return parseJson(text, place)
}

/** A module that nothing here stands for. */
export const noModule = (place: string, module: string, fix: string) =>
  foreign(
    place.replace(/parameters$/, 'module'),
    `there is no counterpart of ${JSON.stringify(module.slice(0, 64))}`,
    fix
  )
