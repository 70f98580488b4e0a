import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { privateDirectory, readPrivate, writePrivate } from '../src/cli/home.ts'
import { decodeCbor, encodeCbor, sameBytes } from '../src/codec.ts'
import { limitsSchema } from '../src/documents/charter.ts'
import { decodeCharterFile, encodeCharterFile } from '../src/documents/charter-file.ts'
import { decodeEnrolment } from '../src/documents/enrolment.ts'
import { decodeEnvelope } from '../src/documents/envelope.ts'
import { FENCES } from '../src/documents/facts.ts'
import { read } from '../src/documents/read.ts'
import { DISCLOSURES, moduleForm, RISKS, rawForm } from '../src/documents/vocabulary.ts'
import { sayWrong, wrongIn } from '../src/documents/wrong.ts'
import { GumshoeError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import { CharterChain } from '../src/trust/charter-chain.ts'
import type { HostSettings } from '../src/trust/gate-context.ts'
import { type Identity, makeIdentity } from '../src/trust/identity.ts'
import { machineHash, makeMembership } from '../src/trust/membership.ts'
import { verifyGrant } from '../src/trust/verify-grant.ts'
import { readHostText } from './host-text.ts'

/** What lies in an agent's home (0700; files 0600). */
export const layout = (home: string) => ({
  identity: join(home, 'agent.cbor'),
  admission: join(home, 'admission.cbor'),
  charters: join(home, 'charters.cbor'),
  settings: join(home, 'settings.json'),
  records: join(home, 'records.jsonl'),
  database: join(home, 'db')
})

const agentSchema = z.strictObject({
  kind: z.literal('gumshoe/agent-identity/1'),
  seed: rawForm(32, 32),
  /** Encrypts the kept openings at rest. */
  openingsKey: rawForm(32, 32),
  membership: rawForm(2 * LIMITS.smallBytes),
  grant: rawForm(4 * LIMITS.smallBytes)
})

export interface AgentIdentity {
  readonly identity: Identity
  readonly openingsKey: Uint8Array
  /** Encoded envelopes. */
  readonly membership: Uint8Array
  readonly grant: Uint8Array
  readonly grantId: string
  readonly tags: readonly string[]
  readonly leaf: boolean
}

/** The id of the machine that a root stands for: systemd's, else made, and kept in the home with the root that it is for. */
const machineId = (root: string, home: string): string => {
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    const text = readHostText(root, path)?.trim() ?? ''
    if (/^[0-9a-f]{32}$/.test(text)) return text
  }
  const own = join(home, 'machine-id')
  const kept = readPrivate(own)
  if (kept) {
    const [id = '', of = root] = new TextDecoder().decode(kept).split('\n')
    return of === root ? id : `${id} of ${root}`
  }
  const made = randomBytes(16).toString('hex')
  writePrivate(own, new TextEncoder().encode(`${made}\n${root}`))
  return made
}

/** Enrols this host with the file of an admin. */
export const enrolHome = async (home: string, file: string, root: string, now: number): Promise<void> =>
  enrolWith(home, readEnrolment(file), root, now)

/** Enrols this host: makes its own key, binds it to the machine and the grant, and forgets the enrolment key. */
export const enrolWith = async (
  home: string,
  bytes: Uint8Array,
  root: string,
  now: number
): Promise<void> => {
  const enrolment = decodeEnrolment(bytes)
  privateDirectory(home, { own: true })
  const chain = await CharterChain.open(enrolment.charters, now)
  const { id: grant } = await verifyGrant(enrolment.grant, chain, now)
  const own = makeIdentity()
  const membership = makeMembership(
    {
      mesh: chain.mesh,
      grant,
      peer: own.peer,
      machine: machineHash(chain.mesh, machineId(root, home)),
      time: now
    },
    makeIdentity(enrolment.seed),
    own
  )
  writePrivate(layout(home).charters, encodeCharterFile(chain.envelopes()))
  const kept = {
    kind: 'gumshoe/agent-identity/1',
    seed: own.seed,
    openingsKey: new Uint8Array(randomBytes(32)),
    membership,
    grant: enrolment.grant
  }
  writePrivate(layout(home).identity, encodeCbor(kept))
}

export const readEnrolment = (file: string): Uint8Array => {
  try {
    return new Uint8Array(readFileSync(file))
  } catch (cause) {
    throw new GumshoeError('not-found', `The enrolment file ${file} can't be read.`, {
      cause,
      fix: 'Check the path, and that this user may read it.'
    })
  }
}

export const isEnrolled = (home: string): boolean => existsSync(layout(home).identity)

/** Opens the home of an enrolled agent. Throws `no-home`, `home-open`, `cloned`, and what the charter throws. */
export const openHome = async (
  home: string,
  root: string,
  now: number
): Promise<{ agent: AgentIdentity; chain: CharterChain }> => {
  if (existsSync(home)) privateDirectory(home)
  const bytes = readPrivate(layout(home).identity)
  const charters = readPrivate(layout(home).charters)
  if (bytes === undefined || charters === undefined) {
    throw new GumshoeError('no-home', `There is no enrolled agent in ${home}.`, {
      fix: 'gumshoe-agent run --enrol FILE, with the file of an admin (gumshoe enrol).'
    })
  }
  const kept = agentSchema.parse(decodeCbor(bytes))
  const identity = makeIdentity(kept.seed)
  const chain = await CharterChain.open(decodeCharterFile(charters), now)
  const { machine } = read(decodeEnvelope(kept.membership).bytes, 'gumshoe/membership/1')
  if (!sameBytes(machine, machineHash(chain.mesh, machineId(root, home)))) {
    throw new GumshoeError(
      'cloned',
      `The identity in ${home} was made on another machine, or for another --root.`,
      {
        fix: `Say the same --root as at the first start. On another machine: remove ${home} and enrol it anew with --enrol FILE.`
      }
    )
  }
  if (chain.current.charter.revoked.peers.includes(identity.peer))
    throw new GumshoeError('revoked', 'This host is revoked by the charter.', {
      fix: `Ask an admin why; to enrol it anew: remove ${home}, then gumshoe-agent run --enrol FILE.`
    })
  const { id: grantId, document } = await readGrant(kept.grant, chain, now)
  return {
    agent: {
      identity,
      openingsKey: kept.openingsKey,
      membership: kept.membership,
      grant: kept.grant,
      grantId,
      tags: document.tags,
      leaf: document.leaf
    },
    chain
  }
}

/** A revoked grant is told by the nodes, not by us: an agent that was offline must be able to hear it. */
const readGrant = async (raw: Uint8Array, chain: CharterChain, now: number) => {
  try {
    return await verifyGrant(raw, chain, now)
  } catch (error) {
    throw new GumshoeError('revoked', 'The enrolment of this host does not hold by its charter.', {
      cause: error,
      fix: 'Enrol it anew with a file of an admin.'
    })
  }
}

export const saveCharters = (home: string, chain: CharterChain): void =>
  writePrivate(layout(home).charters, encodeCharterFile(chain.envelopes()))

const settingsSchema = z.strictObject({
  /** `{"file/1": false}` switches a module off here. */
  modules: z.record(moduleForm, z.boolean()).optional(),
  /** `{"clear": false}` lets no values leave in clear. */
  disclosure: z.partialRecord(z.enum(DISCLOSURES), z.boolean()).optional(),
  limits: limitsSchema.optional(),
  /** `{"sensitive": "full"}` lets none of that risk run here where the kernel holds it less tightly; or a module by name. */
  fence: z.record(z.union([z.enum(RISKS), moduleForm]), z.enum(FENCES)).optional()
})

const SETTINGS_FIX =
  'For example {"disclosure": {"clear": false}, "modules": {"file/1": true}, "limits": {"readBytes": 1000000}, "fence": {"sensitive": "full"}}'

/** What the owner of this host allows; everything where there is no file. Throws `usage` naming the field. */
export const readSettings = (home: string): HostSettings => {
  const bytes = readPrivate(layout(home).settings)
  if (bytes === undefined) return { modulesOff: [], disclosuresOff: [], limits: {} }
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw new GumshoeError('usage', `${layout(home).settings} is no JSON.`, { cause, fix: SETTINGS_FIX })
  }
  const result = settingsSchema.safeParse(value)
  if (!result.success) {
    const wrong = wrongIn(result.error)
    const place = [layout(home).settings, wrong.path.join('.')].filter(Boolean).join(', ')
    throw new GumshoeError('usage', sayWrong(place, wrong), { fix: SETTINGS_FIX })
  }
  const { modules = {}, disclosure = {}, limits = {}, fence } = result.data
  const off = (switches: Record<string, boolean | undefined>) =>
    Object.keys(switches).filter(name => switches[name] === false)
  return {
    modulesOff: off(modules),
    disclosuresOff: off(disclosure) as HostSettings['disclosuresOff'],
    limits,
    ...(fence && { fenceAtLeast: fence })
  }
}
