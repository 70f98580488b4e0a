import { existsSync, rmSync } from 'node:fs'
import { z } from 'zod'
import { privateDirectory, readPrivate, writePrivate } from '../../src/cli/home.ts'
import { type Clock, formatTime, parseTime } from '../../src/clock.ts'
import { decodeCbor, encodeCbor } from '../../src/codec.ts'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { read } from '../../src/documents/read.ts'
import { idForm, msForm, rawForm } from '../../src/documents/vocabulary.ts'
import { write } from '../../src/documents/write.ts'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import { type Identity, makeIdentity } from '../../src/trust/identity.ts'
import type { KeyHolder } from '../../src/trust/key-holder.ts'
import { homeLayout } from '../home-layout.ts'

/**
 * What one touch or passphrase opens: the console's ephemeral key, the voucher by which the person answers for it, and the
 * sealing keys that have been unlocked. It lies in the home (0600) for ten hours, or until `gumshoe lock`.
 */
export interface Session {
  readonly identity: Identity
  /** The primary fingerprint of the person's key. */
  readonly fingerprint: string
  /** The voucher's encoded envelope. */
  readonly voucher: Uint8Array
  /** When the session ends, in ms; the voucher lives longer, so that what was begun can be followed to its end. */
  readonly until: number
  /** A sealing key that this session has unlocked: by the id of its action, or `inventory-<version>`. */
  sealingKey(id: string): Uint8Array | undefined
  keepSealingKey(id: string, privateKey: Uint8Array): void
}

const keptSchema = z.strictObject({
  mesh: idForm,
  fingerprint: z.string(),
  seed: rawForm(32, 32),
  voucher: rawForm(LIMITS.smallBytes),
  until: msForm
})
type Kept = z.infer<typeof keptSchema>

const sealingName = (id: string): string => {
  if (!/^[a-z0-9-]{1,128}$/.test(id)) throw new GumshoeError('internal', `No file may be named ${id}.`)
  return id
}

const sessionOf = (home: string, kept: Kept): Session => {
  const layout = homeLayout(home)
  return {
    identity: makeIdentity(kept.seed),
    fingerprint: kept.fingerprint,
    voucher: kept.voucher,
    until: kept.until,
    sealingKey: id => readPrivate(layout.sealingKey(sealingName(id))),
    keepSealingKey: (id, key) => writePrivate(layout.sealingKey(sealingName(id)), key)
  }
}

/** The session that is open in this home for this mesh, or undefined. Throws `home-open`. */
export const currentSession = (home: string, mesh: string, clock: Clock): Session | undefined => {
  const bytes = readPrivate(homeLayout(home).console)
  if (bytes === undefined) return undefined
  const result = keptSchema.safeParse(decodeCbor(bytes))
  if (!result.success || result.data.mesh !== mesh) return undefined
  // A clock that was turned back does not make a session longer.
  const { until } = read(decodeEnvelope(result.data.voucher).bytes, 'gumshoe/voucher/1')
  const now = clock.now()
  const over =
    now >= result.data.until ||
    now >= parseTime(until) ||
    result.data.until - now > LIMITS.sessionMs + LIMITS.clockSkewMs
  return over ? undefined : sessionOf(home, result.data)
}

/**
 * The open session, or a new one: makes an ephemeral key and has the person's key sign its voucher. `holder` is called
 * only then, since it may ask for a passphrase or a touch. `fingerprint` names the key that is wanted; another's session is
 * replaced.
 */
export const openSession = async (
  home: string,
  mesh: string,
  key: { readonly fingerprint: string; open(): Promise<KeyHolder> },
  clock: Clock
): Promise<Session> => {
  const open = currentSession(home, mesh, clock)
  if (open !== undefined && open.fingerprint === key.fingerprint) return open
  const holder = await key.open()
  const identity = makeIdentity()
  const now = clock.now()
  const bytes = write({
    kind: 'gumshoe/voucher/1',
    mesh,
    peer: identity.peer,
    issued: formatTime(now),
    until: formatTime(now + LIMITS.voucherMs)
  })
  const voucher = encodeEnvelope({ bytes, signatures: [await holder.sign(bytes)] })
  const kept: Kept = {
    mesh,
    fingerprint: holder.fingerprint,
    seed: identity.seed,
    voucher,
    until: now + LIMITS.sessionMs
  }
  lock(home)
  privateDirectory(home)
  privateDirectory(homeLayout(home).session)
  writePrivate(homeLayout(home).console, encodeCbor(kept))
  return sessionOf(home, kept)
}

/** Drops the session with every unlocked sealing key; false where none was open. */
export const lock = (home: string): boolean => {
  const { session } = homeLayout(home)
  if (!existsSync(session)) return false
  rmSync(session, { recursive: true })
  return true
}
