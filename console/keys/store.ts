import { existsSync, readdirSync, rmSync } from 'node:fs'
import { privateDirectory, readPrivate, writePrivate } from '../../src/cli/home.ts'
import type { Clock } from '../../src/clock.ts'
import { utf8Bytes } from '../../src/codec.ts'
import { GumshoeError } from '../../src/errors.ts'
import { forbidDumps } from '../../src/run/dumps.ts'
import type { GpgOptions } from '../../src/trust/gpg.ts'
import { fileHolder, gpgHolder, gpgPublicKey, type KeyHolder } from '../../src/trust/key-holder.ts'
import { type PublicKey, readPublicKey, readSecretKey, type SecretKey } from '../../src/trust/pgp.ts'
import { homeLayout } from '../home-layout.ts'

/** One of the person's own keys, as the home knows it. */
export interface OwnKey extends PublicKey {
  readonly where: 'file' | 'gpg'
  readonly isDefault: boolean
}

/** Asks for a passphrase; undefined where there is none to give (the key may be unlocked). */
/** `again` where what was said before is wrong: undefined where nobody can say another one. */
export type AskPassphrase = (question: string, again?: boolean) => Promise<string | undefined>

/** Tries at a terminal, as sudo has them: a slip of the fingers does not end what was prepared. */
const TRIES = 3

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes).trim()

const keep = (home: string, key: PublicKey, name: 'secret' | 'gpg', bytes: Uint8Array): void => {
  const layout = homeLayout(home)
  const files = layout.key(key.fingerprint)
  if (existsSync(files.directory))
    throw new GumshoeError('home-exists', `The key ${key.fingerprint} is in this home already.`)
  privateDirectory(home)
  privateDirectory(layout.keys)
  privateDirectory(files.directory)
  writePrivate(files[name], bytes)
  writePrivate(files.public, key.bytes)
  if (readPrivate(layout.defaultKey) === undefined)
    writePrivate(layout.defaultKey, utf8Bytes(`${key.fingerprint}\n`))
}

/** Keeps a secret key, locked as it is. Throws `home-exists`. */
export const keepSecretKey = (home: string, key: SecretKey): void => keep(home, key, 'secret', key.secret)

/** Takes an armored or binary secret key. Throws `malformed`, `no-key`, `key-unfit`, `home-exists`. */
export const importSecretKey = async (home: string, file: Uint8Array): Promise<SecretKey> => {
  const key = await readSecretKey(file).catch(error => {
    if (!(error instanceof GumshoeError) || (error.code !== 'malformed' && error.code !== 'no-key'))
      throw error
    throw new GumshoeError(error.code, error.message, {
      cause: error,
      fix: 'gpg --export-secret-keys NAME > FILE writes one; gumshoe key import --gpg FPR leaves it in GnuPG.'
    })
  })
  keepSecretKey(home, key)
  return key
}

/** Remembers that GnuPG holds this key. Throws `no-key`, `key-unfit`, `gpg`, `home-exists`. */
export const importGpgKey = async (
  home: string,
  fingerprint: string,
  options: GpgOptions = {}
): Promise<PublicKey> => {
  const key = await gpgPublicKey(fingerprint, options)
  keep(home, key, 'gpg', utf8Bytes(JSON.stringify(options)))
  return key
}

/** The keys of this home, in the order of their fingerprints. */
export const listKeys = async (home: string): Promise<OwnKey[]> => {
  const layout = homeLayout(home)
  if (!existsSync(layout.keys)) return []
  privateDirectory(layout.keys)
  const standard = text(readPrivate(layout.defaultKey))
  const keys: OwnKey[] = []
  for (const fingerprint of readdirSync(layout.keys).sort()) {
    const files = layout.key(fingerprint)
    const bytes = /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(fingerprint) ? readPrivate(files.public) : undefined
    if (bytes === undefined) continue
    const where = existsSync(files.secret) ? 'file' : 'gpg'
    keys.push({ ...(await readPublicKey(bytes)), where, isDefault: fingerprint === standard })
  }
  return keys
}

/** Which key is used where none is named. Throws `no-key`. */
export const setDefaultKey = async (home: string, named: string): Promise<OwnKey> => {
  const key = await findKey(home, named)
  writePrivate(homeLayout(home).defaultKey, utf8Bytes(`${key.fingerprint}\n`))
  return key
}

/** Forgets a key; a file-based secret is gone for good. Throws `no-key`. */
export const removeKey = async (home: string, named: string): Promise<OwnKey> => {
  const key = await findKey(home, named)
  rmSync(homeLayout(home).key(key.fingerprint).directory, { recursive: true })
  if (key.isDefault) rmSync(homeLayout(home).defaultKey, { force: true })
  return key
}

/**
 * One key of this home: the named one (its fingerprint, or a part of it or of its user id that no other key has), else the
 * default one, else the only one. Throws `no-key`.
 */
export const findKey = async (home: string, named?: string): Promise<OwnKey> => {
  const keys = await listKeys(home)
  if (keys.length === 0)
    throw new GumshoeError('no-key', `There is no key in ${home} yet.`, {
      fix: 'gumshoe key make NAME, or gumshoe key import FILE, or gumshoe key import --gpg FPR.'
    })
  const wanted = named?.toLowerCase()
  const found =
    wanted === undefined
      ? keys.filter(key => key.isDefault || keys.length === 1)
      : keys.filter(key => key.fingerprint.includes(wanted) || key.uid.toLowerCase().includes(wanted))
  if (found.length === 1) return found[0]!
  const why = found.length === 0 ? 'No key' : `${found.length} keys`
  throw new GumshoeError(
    'no-key',
    `${why} of this home ${wanted ? `${found.length === 0 ? 'matches' : 'match'} ${JSON.stringify(named)}` : 'is the default'}.`
  )
}

/** The secret half of a key of this home, asked for its passphrase where it needs one. Throws like the holders. */
export const openKey = async (
  home: string,
  key: OwnKey,
  ask: AskPassphrase,
  clock: Clock
): Promise<KeyHolder> => {
  const files = homeLayout(home).key(key.fingerprint)
  const shown = key.fingerprint.slice(-8).toUpperCase()
  if (key.where === 'gpg') {
    const options = JSON.parse(text(readPrivate(files.gpg)) ?? '{}') as GpgOptions
    return gpgHolder(key.fingerprint, options)
  }
  await forbidDumps()
  const secret = readPrivate(files.secret)
  if (secret === undefined) throw new GumshoeError('no-key', `The secret half of ${key.fingerprint} is gone.`)
  try {
    return await fileHolder(secret, undefined, clock)
  } catch (error) {
    if (!(error instanceof GumshoeError) || error.code !== 'bad-passphrase') throw error
  }
  const passphrase = await ask(`Passphrase of ${key.uid} (${shown}): `)
  if (passphrase === undefined)
    throw new GumshoeError(
      'bad-passphrase',
      `The key ${key.uid} (${shown}) is locked, and nobody can be asked here.`,
      {
        fix: 'Give its passphrase by a descriptor: --passphrase-fd 3 3< FILE.'
      }
    )
  return openWith(secret, passphrase, clock, again =>
    ask(`${again} Passphrase of ${key.uid} (${shown}): `, true)
  )
}

const openWith = async (
  secret: Uint8Array,
  first: string,
  clock: Clock,
  askAgain: (why: string) => Promise<string | undefined>
): Promise<KeyHolder> => {
  let passphrase: string | undefined = first
  for (let left = TRIES - 1; ; left--) {
    try {
      return await fileHolder(secret, passphrase, clock)
    } catch (error) {
      if (!(error instanceof GumshoeError) || error.code !== 'bad-passphrase' || left === 0) throw error
      passphrase = await askAgain('That is not it.')
      if (passphrase === undefined) throw error
    }
  }
}
