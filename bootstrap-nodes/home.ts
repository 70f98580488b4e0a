import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { privateDirectory, readPrivate, writePrivate } from '../src/cli/home.ts'
import { decodeCbor, encodeCbor } from '../src/codec.ts'
import { decodeCharterFile, encodeCharterFile } from '../src/documents/charter-file.ts'
import { nameForm, rawForm } from '../src/documents/vocabulary.ts'
import { sayWrong, wrongIn } from '../src/documents/wrong.ts'
import { GumshoeError } from '../src/errors.ts'
import { toMultiaddr } from '../src/mesh/address.ts'
import { CharterChain } from '../src/trust/charter-chain.ts'
import { type Identity, makeIdentity } from '../src/trust/identity.ts'

const nodeSchema = z.strictObject({
  kind: z.literal('gumshoe/node-identity/1'),
  seed: rawForm(32, 32),
  name: nameForm,
  listen: z.array(z.string().max(256)).min(1).max(8),
  announce: z.array(z.string().max(256)).max(8)
})
export type NodeIdentity = z.infer<typeof nodeSchema> & { readonly identity: Identity }

/** What lies in a bootstrap node's home (0700; files 0600): its key, the charter's versions, the store. */
const layout = (home: string) => ({
  identity: join(home, 'node.cbor'),
  charters: join(home, 'charters.cbor'),
  database: join(home, 'db')
})

export const databaseOf = (home: string): string => layout(home).database

/** The printed line is an address and the peer id: it is too late to mend it once it stands in a charter. */
const checkAddress = (address: string): void => {
  toMultiaddr(address)
  if (address.includes('/p2p/') || !address.includes('/tcp/'))
    throw new GumshoeError(
      'usage',
      `${address}: write /ip4/ADDRESS/tcp/PORT or /dns4/NAME/tcp/PORT, no more.`
    )
}

/** Makes the identity of a node, once. Throws `home-exists`, `usage`. */
export const initHome = (
  home: string,
  fields: { name: string; listen: string[]; announce: string[] }
): NodeIdentity => {
  for (const address of [...fields.listen, ...fields.announce]) checkAddress(address)
  const identity = makeIdentity()
  const node = nodeSchema.safeParse({ kind: 'gumshoe/node-identity/1', seed: identity.seed, ...fields })
  if (!node.success) {
    const wrong = wrongIn(node.error)
    const field = String(wrong.path[0]) as keyof typeof fields
    throw new GumshoeError('usage', sayWrong(`--${field} ${[fields[field]].flat().join(' ')}`, wrong))
  }
  privateDirectory(home)
  if (existsSync(layout(home).identity))
    throw new GumshoeError(
      'home-exists',
      `There is a bootstrap node in ${home} already; its line for an admin is ${addressLine(readHome(home))}`
    )
  writePrivate(layout(home).identity, encodeCbor(node.data))
  return { ...node.data, identity }
}

/** Throws `no-home`, `home-open`. */
export const readHome = (home: string): NodeIdentity => {
  if (existsSync(home)) privateDirectory(home)
  const bytes = readPrivate(layout(home).identity)
  if (bytes === undefined) {
    throw new GumshoeError('no-home', `There is no bootstrap node in ${home}.`, {
      fix: 'gumshoe-bootstrap init --name NAME --listen /ip4/ADDRESS/tcp/PORT'
    })
  }
  const node = nodeSchema.parse(decodeCbor(bytes))
  return { ...node, identity: makeIdentity(node.seed) }
}

/** The addresses by which others reach the node, for the charter. */
export const addressesOf = (node: NodeIdentity): string[] =>
  (node.announce.length > 0 ? node.announce : node.listen).map(
    address => `${address}/p2p/${node.identity.peer}`
  )

/** The line that `gumshoe mesh create --bootstrap` and `mesh add bootstrap` take. */
export const addressLine = (node: NodeIdentity): string => `${node.name}=${addressesOf(node).join(',')}`

/** The charter of this home, brought up by the versions of a file where one is given. Throws `no-home`, `charter-…`, `wrong-mesh`. */
export const openCharter = async (
  home: string,
  offered: Uint8Array | undefined,
  now: number
): Promise<CharterChain> => {
  const held = readPrivate(layout(home).charters)
  const fresh = offered && decodeCharterFile(offered)
  if (held === undefined && fresh === undefined) {
    throw new GumshoeError('no-home', 'This node has no charter yet.', {
      fix: 'gumshoe-bootstrap run --charter FILE (from an admin: gumshoe mesh create … --out FILE)'
    })
  }
  const chain = await CharterChain.open(held ? decodeCharterFile(held) : fresh!, now)
  const before = held ? chain.current.charter.version : 0
  for (const envelope of (held && fresh ? fresh.slice(chain.current.charter.version) : []) ?? [])
    await chain.accept(envelope, now)
  // A node starts on a full disk, where nothing can be written that is there already.
  if (chain.current.charter.version > before) saveCharter(home, chain)
  return chain
}

export const saveCharter = (home: string, chain: CharterChain): void =>
  writePrivate(layout(home).charters, encodeCharterFile(chain.envelopes()))
