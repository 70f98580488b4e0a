import { LIMITS } from '../../src/limits.ts'
import type { WrittenOperation } from '../ask/composition.ts'
import { fileSearches } from './file-searches.ts'
import { bad, foreign, isObject, Members, shown, type Warn } from './json.ts'
import { inParts, Labels } from './labels.ts'
import { memoryOperation } from './memory.ts'
import { netstatOperation } from './netstat.ts'
import {
  packageOperation,
  pingOperation,
  policyOperation,
  sshkeyOperation,
  timedriftOperation
} from './others.ts'
import { isPseudo } from './paths.ts'
import { type MigOperation, noModule } from './read-action.ts'
import { yaraOperation } from './yara.ts'

/** An operation of MIG → those of ours that ask the same; none where it asks nothing. */
type Translate = (operation: MigOperation, now: number, warn: Warn) => WrittenOperation[]

/** Without parameters it asks whether the module runs; ours looks, and stands. */
const fswatch: Translate = ({ place }, _, warn) => {
  warn(
    `${place}: in MIG this only asks whether fswatch runs; here it watches what MIG watches, until it expires.`
  )
  return [{ module: 'fswatch', flags: { profile: 'mig' } }]
}

/** Of the years before netstat: lists of addresses by a label. */
const connected: Translate = ({ parameters, place }, _, warn) => {
  const lists = new Members(parameters, place)
  if (!isObject(parameters)) throw bad(place, 'an object is wanted')
  const addresses = Object.keys(parameters).flatMap(label => lists.texts(label.toLowerCase()) ?? [])
  warn(`${place}: the module connected became netstat.`)
  return netstatOperation(new Members({ connectedip: addresses }, place))
}

const file: Translate = ({ parameters, place }, now, warn) => {
  const { searches, from } = searchesIn(new Members(parameters, place), parameters, warn)
  const labels = new Labels()
  const made = Object.entries(searches).map(([label, search]) => {
    const at = `${from}.${shown(label)}`
    const own = labels.of(label, at, warn)
    return fileSearches(new Members(search, at), { own, next: one => labels.next(one) }, now, warn)
  })
  const all = made.flatMap(one => one.searches)
  if (all.length === 0) throw bad(from, 'there is no search')
  const remote = made.some(one => one.remote)
  const pseudo = all.some(({ paths }) => paths!.some(isPseudo))
  return inParts(all, LIMITS.searches).map(those => ({
    module: 'file',
    flags: {
      searches: JSON.stringify(those),
      // MIG goes wherever a path leads; what is mounted from elsewhere only where it was asked for.
      'cross-devices': true,
      ...(remote && { remote }),
      ...(pseudo && { pseudo })
    }
  }))
}

/** In old actions they stand in the parameters themselves, where MIG does not look any more. */
const searchesIn = (
  members: Members,
  parameters: unknown,
  warn: Warn
): { searches: Record<string, unknown>; from: string } => {
  if (members.has('searches')) {
    members.only(['searches'])
    const from = members.at('searches')
    const searches = members.get('searches')
    if (!isObject(searches)) throw bad(from, 'an object is wanted')
    return { searches, from }
  }
  const searches = parameters as Record<string, unknown>
  if (!Object.values(searches).some(one => isObject(one) && 'paths' in one))
    throw bad(members.at('searches'), 'it is missing')
  warn(`${members.place}: without "searches" MIG finds nothing; here they are what was meant.`)
  return { searches, from: members.place }
}

const OURS: Record<string, Translate> = {
  file,
  fswatch,
  connected,
  netstat: ({ parameters, place }) => netstatOperation(new Members(parameters, place)),
  memory: ({ parameters, place }, _, warn) => memoryOperation(new Members(parameters, place), warn),
  pkg: ({ parameters, place }) => packageOperation(new Members(parameters, place)),
  scribe: ({ parameters, place }) => policyOperation(new Members(parameters, place)),
  timedrift: ({ parameters, place }) => timedriftOperation(new Members(parameters ?? {}, place)),
  ping: ({ parameters, place }, _, warn) => pingOperation(new Members(parameters, place), warn),
  sshkey: ({ parameters, place }, _, warn) => sshkeyOperation(new Members(parameters ?? {}, place), warn),
  yara: ({ parameters, place }, now, warn) => yaraOperation(new Members(parameters, place), now, warn),
  // It asks nothing: MIG's scheduler ends doubled agents by it.
  agentdestroy: ({ place }, _, warn) => {
    warn(
      `${place.replace(/parameters$/, 'module')}: agentdestroy has no counterpart: no action ends an agent. It is left out.`
    )
    return []
  }
}

const FIXES: Record<string, string> = {
  audit: 'gumshoe log asks what the host recorded; no action changes the rules of its kernel.',
  dispatch: 'Whoever follows a question gets what hosts find: gumshoe follow, or --json into your own tools.',
  example: 'gumshoe agentinfo tells names and addresses of a host.',
  examplepersist: 'It is an example of MIG; leave it out.'
}

/** Throws `no-counterpart`, `malformed` naming the member. */
export const operationsOf = (
  operations: readonly MigOperation[],
  now: number,
  warn: Warn
): WrittenOperation[] => {
  const all = operations.flatMap(operation => {
    const { module, place } = operation
    if (!Object.hasOwn(OURS, module))
      throw noModule(
        place,
        module,
        (Object.hasOwn(FIXES, module) && FIXES[module]) || 'gumshoe modules lists what can be asked.'
      )
    return OURS[module]!(operation, now, warn)
  })
  if (all.length === 0) throw foreign('operations', 'nothing is left to ask')
  return all
}
