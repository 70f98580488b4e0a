import { canonicalNetwork } from '../../src/documents/target/address.ts'
import type { WrittenOperation } from '../ask/composition.ts'
import { bad, type Members } from './json.ts'

/** Throws `malformed` naming the member. */
export const netstatOperation = (params: Members): WrittenOperation[] => {
  params.only([
    ...['localmac', 'localip', 'neighbormac', 'neighborip', 'connectedip', 'listeningport', 'namespaces']
  ])
  const flags = {
    'local-mac': either(params, 'localmac'),
    'local-ip': networks(params, 'localip'),
    'neighbor-mac': either(params, 'neighbormac'),
    'neighbor-ip': networks(params, 'neighborip'),
    'connected-ip': networks(params, 'connectedip'),
    'listening-port': ports(params),
    namespaces: params.flag('namespaces') || undefined
  }
  const said = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
  if (Object.keys(said).every(name => name === 'namespaces')) throw bad(params.place, 'it asks nothing')
  return [{ module: 'netstat', flags: said as Record<string, string[]> }]
}

/** One of several matches in MIG; ours must all match, so they are one. A leading ! is itself there. */
const either = (params: Members, name: string): string[] | undefined => {
  const all = params.texts(name)
  if (all === undefined) return undefined
  const [only, ...more] = all
  return [more.length === 0 && !only!.startsWith('!') ? only! : all.map(one => `(?:${one})`).join('|')]
}

/** Bits beyond the prefix say nothing in MIG. */
const networks = (params: Members, name: string): string[] | undefined =>
  params.texts(name)?.map((value, i) => {
    const read = canonicalNetwork(value)
    if (read === undefined) throw bad(`${params.at(name)}[${i}]`, 'an address or a network is wanted')
    return 'outside' in read ? read.outside : read.network
  })

const ports = (params: Members): string[] | undefined =>
  params.texts('listeningport')?.map((value, i) => {
    if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535)
      throw bad(`${params.at('listeningport')}[${i}]`, 'a port of 0 to 65535 is wanted')
    return String(Number(value))
  })
