import { join } from 'node:path'
import { readPrivate, writePrivate } from '../src/cli/home.ts'
import { decodeCbor, encodeCbor } from '../src/codec.ts'
import type { Fleet, KnownHost } from './answers/known-host.ts'

/** The hosts as they were last seen: who there was and where they listen, for when every bootstrap node is gone. */
const fileIn = (home: string): string => join(home, 'hosts.cbor')

export const saveHosts = (home: string, hosts: readonly KnownHost[]): void =>
  writePrivate(fileIn(home), encodeCbor({ v: 1, hosts: [...hosts] }))

/** Empty where there is none, or where it is of another version: it is only a memory. */
export const cachedHosts = (home: string): KnownHost[] => {
  const bytes = readPrivate(fileIn(home))
  if (bytes === undefined) return []
  try {
    return (decodeCbor(bytes) as { v: number; hosts: KnownHost[] }).hosts ?? []
  } catch {
    return []
  }
}

/** The fleet of that memory: without a node nobody else can be told from a stranger. */
export const cachedFleet = (home: string): Fleet => {
  const hosts = cachedHosts(home)
  return { hosts, members: new Set(hosts.map(({ peer }) => peer)) }
}
