import type { Key, PartialConfig, PublicKey as PgpKey, PrivateKey, Subkey } from 'openpgp'
import { fromHex, sha256Hex } from '../codec.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { loadPgp as load } from './pgp-library.ts'
import { strict } from './pgp-rules.ts'
import { openWith, signWith } from './pgp-secret.ts'
import { parseSignature, splitSignatures, withIssuer } from './signature-packet.ts'

/** What a charter holds of a person's key. */
export interface PublicKeyInput {
  /** Primary fingerprint, lower hex. */
  readonly fingerprint: string
  /** The binary transferable public key (RFC 9580, 10.1). */
  readonly bytes: Uint8Array
}

export interface PublicKey extends PublicKeyInput {
  /** The primary user id, as its owner wrote it: hostile text, to be made safe before it is shown. */
  readonly uid: string
  /** When it can no longer sign, in ms; absent where it never expires. */
  readonly expires?: number
}

export interface SecretKey extends PublicKey {
  /** The binary transferable secret key, locked by the passphrase where one was given. */
  readonly secret: Uint8Array
}

/** `ok: false` says by `code` what is wrong: with the bytes (`bad-signature`) or with the key, as judged at `now`. */
export interface Verification {
  /** The PRIMARY fingerprint, also where a subkey signed. */
  readonly fingerprint: string
  readonly ok: boolean
  readonly code?: 'bad-signature' | 'revoked' | 'key-expired' | 'key-unfit'
}

/** The key's own self-signatures judged without time: revoked, invalid, too weak or unable to sign → throws. */
const signingKey = (key: Key, config: PartialConfig, id?: ReturnType<Key['getKeyID']>) =>
  key.getSigningKey(id, null, undefined, config as never)

const expiryOf = async (key: Key, part: Key | Subkey, config: PartialConfig): Promise<number> => {
  const primary = await key.getExpirationTime(undefined, config as never)
  const own =
    part === key ? primary : await (part as Subkey).getExpirationTime(null as never, config as never)
  return Math.min(Number(primary ?? 0), Number(own ?? 0))
}

const unfit = (cause: unknown): GumshoeError =>
  new GumshoeError('key-unfit', `The OpenPGP key is not accepted: ${(cause as Error).message}`, { cause })

const isArmored = (bytes: Uint8Array): boolean => {
  const start = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart()
  return start.startsWith('-----BEGIN PGP')
}

const parseKeys = async (input: string | Uint8Array): Promise<Key[]> => {
  const pgp = await load()
  const config = strict(pgp)
  try {
    if (typeof input === 'string') return await pgp.readKeys({ armoredKeys: input, config })
    if (isArmored(input)) return await pgp.readKeys({ armoredKeys: new TextDecoder().decode(input), config })
    return await pgp.readKeys({ binaryKeys: input, config })
  } catch (cause) {
    throw new GumshoeError('malformed', 'This is not an OpenPGP key.', { cause })
  }
}

const parseOne = async (input: string | Uint8Array): Promise<Key> => {
  const keys = await parseKeys(input)
  if (keys.length !== 1)
    throw new GumshoeError(
      'malformed',
      `One OpenPGP key is expected, not ${keys.length}; export them one by one.`
    )
  return keys[0]!
}

const describe = async (key: Key): Promise<PublicKey> => {
  const config = strict(await load())
  try {
    const signer = await signingKey(key, config)
    await key.getEncryptionKey(undefined, null, undefined, config as never)
    // A v6 key need not have a user id.
    const primary = await key.getPrimaryUser(null as never, undefined, config as never).catch(() => undefined)
    const expires = await expiryOf(key, signer, config)
    const slim = key.toPublic()
    // Other people's certifications and pictures are no business of a charter, and would fill it.
    slim.users = slim.users.filter(user => user.userID !== null)
    for (const user of slim.users) user.otherCertifications = []
    return {
      fingerprint: key.getFingerprint(),
      bytes: slim.write(),
      uid: primary?.user.userID?.userID ?? '',
      ...(Number.isFinite(expires) && { expires })
    }
  } catch (cause) {
    throw unfit(cause)
  }
}

/**
 * One public key, binary or armored, brought to what a charter carries. Throws `malformed`, or `key-unfit` where it is
 * revoked, too weak, of another kind, cannot sign or has no encryption subkey. An expired key is read: see `expires`.
 */
export const readPublicKey = async (input: string | Uint8Array): Promise<PublicKey> => {
  const key = await parseOne(input)
  if (key.isPrivate())
    throw new GumshoeError('key-unfit', 'This is a SECRET key; hand out the public one only.', {
      fix: 'gpg --export FINGERPRINT > key.pub, or gumshoe key export.'
    })
  return await describe(key)
}

/** One secret key (gpg --export-secret-keys, or ours), still locked. Throws `malformed`, `no-key`, `key-unfit`. */
export const readSecretKey = async (input: string | Uint8Array): Promise<SecretKey> => {
  const key = await parseOne(input)
  if (!key.isPrivate()) throw new GumshoeError('no-key', 'This is only the public half of a key.')
  return { ...(await describe(key)), secret: key.write() }
}

/** Parsed keys by the hash of their bytes: reading one and checking its self-signatures costs as much as ten signatures. */
const parsed = new Map<string, Promise<Key>>()
/** The same by the very array, so that a charter of many persons isn't hashed anew for each signature. */
const byArray = new WeakMap<Uint8Array, Promise<Key>>()

const parsedKey = (input: PublicKeyInput): Promise<Key> => {
  const seen = byArray.get(input.bytes)
  if (seen !== undefined) return seen
  const id = sha256Hex(input.bytes)
  let key = parsed.get(id)
  if (key === undefined) {
    key = parseOne(input.bytes)
    key.catch(() => parsed.delete(id))
    if (parsed.size >= LIMITS.parsedKeys) parsed.delete(parsed.keys().next().value!)
    parsed.set(id, key)
  }
  byArray.set(input.bytes, key)
  return key
}

/** How signatures may call a key or one of its subkeys. */
export interface KeyName {
  readonly fingerprint: string
  readonly keyId: string
}

/** The names of the key and of its subkeys, the primary's first: read, not verified. Throws `malformed`. */
export const namesOfKey = async (input: PublicKeyInput): Promise<KeyName[]> =>
  (await parsedKey(input))
    .getKeys()
    .map(part => ({ fingerprint: part.getFingerprint(), keyId: part.getKeyID().toHex() }))

/**
 * Checks one detached signature against the keys. Undefined: it is by none of them. Throws `malformed` for what is not
 * one binary signature of SHA-256 or longer. The time of signing is not judged (the gate judges the window); the key is,
 * at `now` in ms: revoked or expired is not ok, a signing subkey needs its back-signature. Of the unhashed area only the
 * issuer is looked at, as a hint at which key to try, where the hashed area names none.
 */
export const verifyDetached = async (
  bytes: Uint8Array,
  signature: Uint8Array,
  keys: readonly PublicKeyInput[],
  now: number
): Promise<Verification | undefined> => {
  const packet = parseSignature(signature)
  if (packet.issuer === undefined && packet.keyIdHint === undefined) return undefined
  for (const input of keys) {
    // A key that can't be read, or isn't the one that it is called, speaks for nobody and hinders nobody.
    const key = await parsedKey(input).catch(() => undefined)
    const fingerprint = key?.getFingerprint()
    if (key === undefined || fingerprint !== input.fingerprint) continue
    const part = key.getKeys().find(candidate => {
      const own = candidate.getFingerprint()
      return packet.issuer === undefined
        ? candidate.getKeyID().toHex() === packet.keyIdHint
        : own === packet.issuer
    })
    if (part === undefined) continue
    const code = await judge(bytes, withIssuer(packet, fromHex(part.getFingerprint())), key, part, now)
    return code === undefined ? { fingerprint, ok: true } : { fingerprint, ok: false, code }
  }
  return undefined
}

const judge = async (
  bytes: Uint8Array,
  signature: Uint8Array,
  key: Key,
  part: Key | Subkey,
  now: number
): Promise<Verification['code']> => {
  const pgp = await load()
  const config = { ...pgp.config, ...strict(pgp) }
  try {
    const message = await pgp.createMessage({ binary: bytes })
    const literal = message.packets[0]!
    const [packet] = (await pgp.readSignature({ binarySignature: signature, config })).packets
    await packet!.verify(part.keyPacket, pgp.enums.signature.binary, literal, null as never, true, config)
  } catch {
    return 'bad-signature'
  }
  if (await key.isRevoked(undefined, undefined, null as never, config)) return 'revoked'
  try {
    await signingKey(key, config, part.getKeyID())
  } catch (error) {
    return /revoked/.test(String((error as Error).message)) ? 'revoked' : 'key-unfit'
  }
  return (await expiryOf(key, part, config)) <= now ? 'key-expired' : undefined
}

/** One or more signatures as `gpg --detach-sign` writes them, armored or not, cut into single packets. */
export const readSignatures = async (file: Uint8Array): Promise<Uint8Array[]> => {
  if (!isArmored(file)) return splitSignatures(file)
  const pgp = await load()
  try {
    const signature = await pgp.readSignature({ armoredSignature: new TextDecoder().decode(file) })
    return splitSignatures(signature.write() as Uint8Array)
  } catch (cause) {
    if (cause instanceof GumshoeError) throw cause
    throw new GumshoeError('malformed', 'This is not an OpenPGP signature.', { cause })
  }
}

/** A v4 Ed25519 key (algorithm 22) with a Curve25519 subkey, as GnuPG 2.2 takes it; `expires` and `now` in ms. */
export const makeKey = async (
  uid: string,
  options: { passphrase?: string; now: number; expires?: number }
): Promise<SecretKey> => {
  const pgp = await load()
  const { privateKey } = await pgp.generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name: uid }],
    date: new Date(options.now),
    format: 'object',
    ...(options.expires !== undefined && {
      keyExpirationTime: Math.max(1, Math.floor((options.expires - options.now) / 1000))
    }),
    ...(options.passphrase && { passphrase: options.passphrase }),
    config: strict(pgp)
  })
  return { ...(await describe(privateKey)), secret: privateKey.write() }
}

/** A secret key that is open in this process's memory. */
export interface UnlockedKey {
  readonly fingerprint: string
  signDetached(bytes: Uint8Array, now: number): Promise<Uint8Array>
  decrypt(box: Uint8Array): Promise<Uint8Array>
}

/** Opens a secret key. Throws `bad-passphrase`. */
export const unlock = async (secret: Uint8Array, passphrase?: string): Promise<UnlockedKey> => {
  const pgp = await load()
  const locked = (await parseOne(secret)) as PrivateKey
  if (!locked.isPrivate()) throw new GumshoeError('no-key', 'This is only the public half of a key.')
  let key = locked
  if (!locked.isDecrypted()) {
    if (!passphrase) throw new GumshoeError('bad-passphrase', 'The key is locked by a passphrase.')
    try {
      key = await pgp.decryptKey({ privateKey: locked, passphrase, config: strict(pgp) })
    } catch (cause) {
      throw new GumshoeError('bad-passphrase', 'The passphrase does not open the key.', { cause })
    }
  }
  return {
    fingerprint: key.getFingerprint(),
    signDetached: (bytes, now) => signWith(pgp, key, bytes, now),
    decrypt: box => openWith(pgp, key, box)
  }
}

/** Encrypts to each key's subkey, uncompressed and unsigned. Throws `key-expired` (or soon), `key-unfit`, `malformed`. */
export const encryptTo = async (
  bytes: Uint8Array,
  keys: readonly PublicKeyInput[],
  now: number
): Promise<Uint8Array> => {
  const pgp = await load()
  const config = strict(pgp)
  const encryptionKeys = (await Promise.all(keys.map(parsedKey))) as PgpKey[]
  const message = await pgp.createMessage({ binary: bytes })
  const date = new Date(now + LIMITS.clockSkewMs)
  try {
    return await pgp.encrypt({ message, encryptionKeys, format: 'binary', date, config })
  } catch (cause) {
    for (const key of encryptionKeys) {
      const part = await key.getEncryptionKey(undefined, null, undefined, config as never).catch(() => key)
      if ((await expiryOf(key, part, config)) <= date.getTime())
        throw new GumshoeError('key-expired', `The key ${key.getFingerprint()} has expired.`, { cause })
    }
    throw unfit(cause)
  }
}
