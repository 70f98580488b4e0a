import { LIMITS } from '../../src/limits.ts'
import type { WrittenOperation } from '../ask/composition.ts'
import { bad, foreign, isObject, type Members, type Warn } from './json.ts'
import { pathOf } from './paths.ts'
import { goDuration } from './values.ts'

/** Modules whose parameters are flags of ours, more or less as they are. Each throws naming the member. */

/** A pattern as MIG reads it: what has a meaning at its begin for us is itself there. */
const literal = (regex: string): string => (/^[!<>=]/.test(regex) ? `(?:${regex})` : regex)

export const packageOperation = (params: Members): WrittenOperation[] => {
  params.only(['pkgmatch', 'vermatch'])
  const match = params.members('pkgmatch')
  match?.only(['matches'])
  const names = match?.texts('matches')
  if (names === undefined) throw bad(params.at('pkgmatch.matches'), 'a regular expression is wanted')
  const suffixed = names.findIndex(name => /:(amd64|i386|arm64|armhf|all)\b/.test(name))
  if (suffixed >= 0)
    throw foreign(
      `${match!.at('matches')}[${suffixed}]`,
      'names of packages have no architecture behind a colon here',
      'Write the name alone; gumshoe package --arch amd64 asks for the architecture.'
    )
  const version = params.text('vermatch')
  const not = version !== undefined && version.length > 1 && version.startsWith('!')
  return [
    {
      module: 'package',
      flags: {
        kind: ['dpkg', 'rpm'],
        name: names.map(literal),
        ...(version && { version: not ? `!(?:${version.slice(1)})` : literal(version) })
      }
    }
  ]
}

export const policyOperation = (params: Members): WrittenOperation[] => {
  params.only(['scribedoc', 'onlytrue', 'humanoutput', 'jsonoutput'])
  const document = params.get('scribedoc')
  if (!isObject(document)) throw bad(params.at('scribedoc'), 'a document of scribe is wanted')
  return [
    {
      module: 'policy',
      texts: { document: JSON.stringify(withoutEmpty(document)) },
      flags: { only: params.flag('onlytrue') ? ['true'] : ['true', 'false', 'unknown'] }
    }
  ]
}

/** Members that Go writes though nothing is said by them: `"filename": {}`, `"if": null`. */
const withoutEmpty = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (!isObject(value)) return value
  const isSaid = (one: unknown) =>
    one !== null && one !== '' && (typeof one !== 'object' || Object.keys(one).length > 0)
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => (isSaid(one) ? [[name, withoutEmpty(one)]] : []))
  )
}

export const timedriftOperation = (params: Members): WrittenOperation[] => {
  params.only(['drift'])
  const drift = params.text('drift')
  return [
    { module: 'timedrift', flags: drift ? { drift: `${goDuration(drift, params.at('drift'))}ms` } : {} }
  ]
}

const PING = { count: 10, seconds: 10 }

export const pingOperation = (params: Members, warn: Warn): WrittenOperation[] => {
  params.only(['destination', 'destinationport', 'protocol', 'count', 'timeout'])
  const destination = params.text('destination')
  const protocol = params.text('protocol')?.toLowerCase()
  if (!destination) throw bad(params.at('destination'), 'it is missing')
  if (!protocol || !['icmp', 'tcp', 'udp'].includes(protocol))
    throw bad(params.at('protocol'), 'icmp, tcp or udp is wanted')
  const said = params.get('destinationport')
  const port = said === -1 ? undefined : params.whole('destinationport')
  if (protocol !== 'icmp' && !port) throw bad(params.at('destinationport'), `${protocol} needs a port`)
  const most = (name: string, value: number, limit: number): number => {
    if (value > limit) warn(`${params.at(name)}: ${limit} is the most here.`)
    return Math.min(value, limit)
  }
  // 0 is as good as nothing said.
  const count = most('count', params.whole('count') || 3, PING.count)
  const seconds = most('timeout', params.number('timeout') || 5, PING.seconds)
  return [
    {
      module: 'ping',
      flags: {
        destination,
        protocol,
        ...(protocol !== 'icmp' && { port: port! }),
        count,
        timeout: Math.round(1_000 * seconds)
      }
    }
  ]
}

export const sshkeyOperation = (params: Members, warn: Warn): WrittenOperation[] => {
  params.only(['paths', 'maxdepth'])
  const depth = params.whole('maxdepth') ?? 0
  const paths = (params.texts('paths') ?? ['/root', '/home']).map((path, i) => {
    const at = `${params.at('paths')}[${i}]`
    const place = pathOf(path, at, warn)
    if (place.glob !== undefined) throw foreign(at, 'MIG takes the * for a name', 'Name the directory.')
    return place.path
  })
  return [
    {
      module: 'sshkey',
      flags: {
        path: [...new Set(paths)],
        // What others are known by is no key that lets in, and MIG does not look at it.
        kind: ['private', 'public', 'authorised'],
        ...(depth > 0 && { depth: Math.min(depth, LIMITS.walkDepth) })
      }
    }
  ]
}
