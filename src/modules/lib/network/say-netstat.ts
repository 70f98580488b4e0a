import { not, plainName, range } from '../files/say-search.ts'
import type { Range } from '../files/search-params.ts'
import type { NetstatKind, NetstatParams } from './netstat-params.ts'

const WORDS: Record<NetstatKind, string> = {
  interface: 'interfaces',
  address: 'own addresses',
  neighbour: 'neighbours',
  listening: 'listening sockets',
  connected: 'connected sockets',
  route: 'routes',
  dns: 'name servers'
}

/** A question about the network in words, for the preview. */
export const sayNetstat = (params: NetstatParams): string => {
  const words = [
    ...(params.interfaces ?? []).map(value => not(value, 'of interface')),
    ...(params.localMacs ?? []).map(value => not(value, 'with the own hardware address')),
    ...(params.promiscuous ? ['that take what is not for them'] : []),
    ...networks('with the own address', params.localIps),
    ...(params.neighbourMacs ?? []).map(value => not(value, 'with the neighbour’s hardware address')),
    ...networks('with the neighbour’s address', params.neighbourIps),
    ...ports('listening on port', params.listeningPorts),
    ...networks('connected with', params.connectedIps),
    ...ports('from port', params.localPorts),
    ...ports('to port', params.remotePorts),
    ...(params.protocols ? [`of ${params.protocols.join(' or ')}`] : []),
    ...(params.states ? [`in state ${params.states.join(' or ')}`] : []),
    ...(params.users ? [`of user ${params.users.join(' or ')}`] : []),
    ...(params.processes ?? []).map(value => not(value, 'held by a process named')),
    ...networks('to', params.destinations),
    ...networks('by the gateway', params.gateways),
    ...networks('asked at', params.servers)
  ]
  const where = params.namespaces ? ', in every network namespace' : ''
  const owners = params.owners ? ', with the processes that hold them' : ''
  const what = params.kinds.map(kind => WORDS[kind]).join(' and ')
  return `${what}${words.length > 0 ? ` ${words.join(' and ')}` : ''}${where}${owners}. Changes nothing, sends nothing.`
}

const networks = (words: string, texts: readonly string[] | undefined): string[] => {
  const wanted = (texts ?? []).filter(text => !text.startsWith('!'))
  const excluded = (texts ?? []).filter(text => text.startsWith('!')).map(text => text.slice(1))
  return [
    ...(wanted.length > 0 ? [`${words} ${wanted.join(' or ')}`] : []),
    ...(excluded.length > 0 ? [`not ${words} ${excluded.join(', ')}`] : [])
  ]
}

const ports = (words: string, ranges: readonly Range[] | undefined): string[] =>
  ranges === undefined
    ? []
    : [`${words} ${ranges.map(each => range(each, String, ['at least', 'at most'])).join(' or ')}`]

/** What a question names outright: the console may resolve to these, and a host may say which of them it was. */
export const netstatLiterals = (params: NetstatParams): string[] => [
  ...new Set([
    ...[
      params.localIps,
      params.neighbourIps,
      params.connectedIps,
      params.destinations,
      params.gateways,
      params.servers
    ]
      .flatMap(texts => texts ?? [])
      .filter(text => !text.startsWith('!')),
    ...[params.listeningPorts, params.localPorts, params.remotePorts]
      .flatMap(ranges => ranges ?? [])
      .flatMap(({ from, to }) => (from !== undefined && from === to ? [String(from)] : [])),
    ...[params.localMacs, params.neighbourMacs, params.interfaces, params.processes].flatMap(values =>
      (values ?? []).flatMap(value => plainName(value) ?? [])
    ),
    ...(params.users ?? [])
  ])
]
