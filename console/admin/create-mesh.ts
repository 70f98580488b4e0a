import { existsSync, readFileSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { writePrivate } from '../../src/cli/home.ts'
import type { Charter, Person } from '../../src/documents/charter.ts'
import { encodeEnvelope } from '../../src/documents/envelope.ts'
import { nameForm, type Role } from '../../src/documents/vocabulary.ts'
import { write } from '../../src/documents/write.ts'
import { GumshoeError } from '../../src/errors.ts'
import { toMultiaddr } from '../../src/mesh/address.ts'
import type { ModuleSpec } from '../../src/modules/spec.ts'
import { publicKeyOfPeer } from '../../src/trust/identity.ts'
import { gpgPublicKey } from '../../src/trust/key-holder.ts'
import { makeKey, type PublicKey, readPublicKey } from '../../src/trust/pgp.ts'
import { makeSealKey } from '../../src/trust/seal.ts'
import { findKey } from '../keys/store.ts'
import { firstCharter, type Node, person, withPerson } from './charter-draft.ts'
import type { AdminContext } from './context.ts'
import { defaultPolicy } from './default-policy.ts'
import { describeCharter, foldRules } from './describe.ts'
import { finishCharter } from './finish.ts'
import { wrapInventory } from './inventory.ts'
import { openChain } from './mesh-home.ts'
import { ownSigner, signOwn } from './own-signers.ts'

/** What was typed, not resolved yet. */
export interface MeshRequest {
  readonly name: string
  /** `NAME=KEY`; `NAME[:WEIGHT]=KEY` for investigators. KEY is a file, `gpg:FINGERPRINT`, or a key of this home. */
  readonly admins: readonly string[]
  readonly investigators: readonly string[]
  readonly readers: readonly string[]
  /** `[NAME=]MULTIADDR/p2p/PEER`, as `gumshoe-bootstrap init` prints it. */
  readonly bootstraps: readonly string[]
  readonly threshold?: number
  readonly topics: readonly string[]
  readonly lab: boolean
  readonly expires: number
  /** A file outside of the home for the recovery key. */
  readonly recovery: string
  /** Asked for after everything else was looked at. */
  readonly recoveryPassphrase?: () => Promise<string>
  /** Where the charter file or the draft is written. */
  readonly out: string
  readonly modules: readonly Pick<ModuleSpec, 'name' | 'major' | 'risk'>[]
}

/** `NAME[:WEIGHT]=KEY`. Throws `usage` naming the flag. */
export const parsePerson = (text: string, flag: string) => {
  const match = /^([a-z0-9._-]{1,63})(?::([0-9]{1,3}))?=(.+)$/.exec(text)
  if (match === null)
    throw new GumshoeError(
      'usage',
      `${flag} ${JSON.stringify(text)}: write NAME=KEYFILE, or NAME:WEIGHT=KEYFILE.`
    )
  return {
    name: match[1]!,
    key: match[3]!,
    ...(match[2] !== undefined && { weight: Number(match[2]) })
  }
}

/** A key by file name, `gpg:FINGERPRINT`, `me` (the default key of this home), or as a key of this home. Throws `no-key`, `malformed`, `key-unfit`. */
export const resolveKey = async (home: string, text: string): Promise<PublicKey> => {
  if (text === 'me') return await findKey(home)
  if (text.startsWith('gpg:')) return await gpgPublicKey(text.slice(4).toLowerCase())
  if (existsSync(text)) return await readPublicKey(new Uint8Array(readFileSync(text)))
  return await findKey(home, text).catch(cause => {
    throw new GumshoeError(
      'no-key',
      `${JSON.stringify(text)} is neither a key file nor a key of this home.`,
      { cause }
    )
  })
}

/** `[NAME=]/ip4/…/tcp/…/p2p/PEER[,/…/p2p/PEER]`: a node may be reached at several addresses. Throws `usage`. */
export const parseNode = (text: string, index: number): Node => {
  const [, name, list = ''] = /^(?:([a-z0-9._-]{1,63})=)?(.+)$/.exec(text) ?? []
  const addresses = list.split(',')
  const peers = addresses.map(address => /^\/\S+\/p2p\/(12D3KooW\w+)$/.exec(address)?.[1])
  const [peer] = peers
  if (peer === undefined || peers.some(other => other !== peer))
    throw new GumshoeError(
      'usage',
      `--bootstrap ${JSON.stringify(text)}: write the line that gumshoe-bootstrap init printed.`
    )
  publicKeyOfPeer(peer)
  for (const address of addresses) toMultiaddr(address)
  return { name: name ?? `node-${index + 1}`, peer, addresses }
}

/** One node named twice has two addresses. */
export const gatherNodes = (nodes: readonly Node[]): Node[] => {
  const byPeer = new Map<string, Node>()
  for (const node of nodes) {
    const known = byPeer.get(node.peer)
    byPeer.set(node.peer, known ? { ...known, addresses: [...known.addresses, ...node.addresses] } : node)
  }
  return [...byPeer.values()]
}

const gatherPersons = async (home: string, request: MeshRequest): Promise<Person[]> => {
  let persons: Person[] = []
  const groups: [readonly string[], string, Role, number][] = [
    [request.admins, '--admin', 'admin', 0],
    [request.investigators, '--investigator', 'investigator', 1],
    [request.readers, '--reader', 'reader', 0]
  ]
  for (const [texts, flag, role, weight] of groups)
    for (const text of texts) {
      const typed = parsePerson(text, flag)
      const key = await resolveKey(home, typed.key)
      const known = persons.find(({ name }) => name === typed.name)
      if (known === undefined) persons.push(person(typed.name, [key], typed.weight ?? weight, [role]))
      else
        persons = withPerson(persons, {
          name: typed.name,
          key,
          weight: typed.weight ?? Math.max(known.weight, weight),
          roles: [role]
        })
    }
  return persons
}

const outside = (home: string, file: string): void => {
  if (`${resolve(file)}${sep}`.startsWith(`${resolve(home)}${sep}`))
    throw new GumshoeError(
      'usage',
      `--recovery ${file} lies inside of the home; whoever loses the one loses the other.`
    )
  if (existsSync(file))
    throw new GumshoeError('usage', `--recovery ${file} exists already; nothing was written.`)
}

/** `gumshoe mesh create`. Throws `home-exists`, `usage`, `no-key`, `key-unfit`. */
export const createMesh = async (context: AdminContext, request: MeshRequest): Promise<void> => {
  const { home, clock } = context
  const now = clock.now()
  if ((await openChain(home, now)) !== undefined)
    throw new GumshoeError('home-exists', `The home ${home} belongs to a mesh already.`)
  if (!nameForm.safeParse(request.name).success)
    throw new GumshoeError(
      'usage',
      `The name of the mesh, ${JSON.stringify(request.name)}: write 1 to 63 of a-z 0-9 . _ -`
    )
  outside(home, request.recovery)
  if (existsSync(request.out)) throw new GumshoeError('usage', `--out ${request.out} exists already.`)
  const persons = await gatherPersons(home, request)
  const nodes = gatherNodes(request.bootstraps.map(parseNode))
  if (nodes.length === 0)
    throw new GumshoeError(
      'usage',
      'A mesh needs a bootstrap node: --bootstrap, with what gumshoe-bootstrap init printed.'
    )
  const passphrase = await request.recoveryPassphrase?.()
  const recovery = await makeKey(`recovery of ${request.name}`, { now, ...(passphrase && { passphrase }) })
  const inventory = makeSealKey()
  const admins = persons.filter(({ roles }) => roles.includes('admin')).length
  const revoked: Charter['revoked'] = { persons: [], keys: [], grants: [], peers: [] }
  const charter = firstCharter(
    {
      ...request,
      now,
      persons,
      nodes,
      adminThreshold: request.threshold ?? Math.max(1, Math.floor(admins / 2) + 1),
      recovery,
      topicKeys: request.topics,
      policy: defaultPolicy(request.modules)
    },
    await wrapInventory(inventory.privateKey, { persons, revoked }, now)
  )
  const unsigned = encodeEnvelope({ bytes: write(charter), signatures: [] })
  const signer = await ownSigner(context, [charter], { admins: true })
  const lines = foldRules(describeCharter(charter, 'known when signed'))
  for (const line of lines.filter(line => !/^(mesh|this version) /.test(line))) context.tell(line)
  if (!(await context.confirm('Make this mesh?'))) throw new GumshoeError('usage', 'Nothing was made.')
  const envelope = await signOwn(context, unsigned, signer)
  writePrivate(request.recovery, recovery.secret)
  for (const line of WHAT_LOSS_COSTS) context.tell(line)
  context.tell(`The recovery key is in ${request.recovery}: move it to a place that is never online.`)
  await finishCharter(context, { envelope, charters: [], out: request.out, saved: `${request.out}.saved` })
}

const WHAT_LOSS_COSTS = [
  'If an investigator loses a key: gumshoe mesh revoke key, then mesh add investigator with a new one. Old answers to him alone are lost.',
  'If an admin loses a key: the others revoke and replace it, as long as enough of them are left.',
  'If too many admins lose theirs: the recovery key alone may sign a successor. Without it the mesh can only be made anew, host by host.',
  'If somebody steals the recovery key: he can take the mesh over. Keep it offline, locked by a passphrase.'
]
