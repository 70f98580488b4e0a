import { statfsSync } from 'node:fs'

/** Kinds of file systems by their statfs magic (linux/magic.h): what is no storage of this host is not walked unless asked. */
const PSEUDO = new Set([
  0x9fa0, 0x62656572, 0x1cd1, 0x74726163, 0x64626720, 0x27e0eb, 0x63677270, 0x73636673, 0xcafe4a11, 0x187,
  0x19800202, 0x6e736673, 0x50494446, 0x42494e4d, 0xde5e81e4, 0x6165676c
])
const NETWORK = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x00c36400, 0x5346414f, 0x6b414653, 0x65735546,
  0x013111a8, 0x0bd00bd0
])

export type FileSystemKind = 'storage' | 'pseudo' | 'network'

/** What kind of file system a path lies on; `storage` where the system can't say. */
export const fileSystemOf = (path: Buffer | string): FileSystemKind => {
  const magic = Number(statfsSync(path).type) >>> 0
  return PSEUDO.has(magic) ? 'pseudo' : NETWORK.has(magic) ? 'network' : 'storage'
}
