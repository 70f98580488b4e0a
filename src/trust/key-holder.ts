import type { Clock } from '../clock.ts'
import { GumshoeError } from '../errors.ts'
import { type GpgOptions, gpgDecrypt, gpgExport, gpgSign } from './gpg.ts'
import { type PublicKey, readPublicKey, unlock } from './pgp.ts'

/** A person's secret key, wherever it lives: in a file of the home, in gpg-agent, on a card. */
export interface KeyHolder {
  /** The primary fingerprint, lower hex. */
  readonly fingerprint: string
  /** One detached OpenPGP signature over exactly these bytes. Throws `bad-passphrase`, `no-key`, `key-expired`, `gpg`. */
  sign(bytes: Uint8Array): Promise<Uint8Array>
  /** Opens an OpenPGP message that was encrypted to this key. Throws `no-key`, `bad-passphrase`, `gpg`. */
  decrypt(box: Uint8Array): Promise<Uint8Array>
}

/** A key in a file, opened now. Throws `bad-passphrase`, `malformed`, `no-key`. */
export const fileHolder = async (
  secret: Uint8Array,
  passphrase: string | undefined,
  clock: Clock
): Promise<KeyHolder> => {
  const key = await unlock(secret, passphrase)
  return {
    fingerprint: key.fingerprint,
    sign: bytes => key.signDetached(bytes, clock.now()),
    decrypt: box => key.decrypt(box)
  }
}

/** A key that GnuPG holds; nothing is asked of it until something is signed or opened. */
export const gpgHolder = (fingerprint: string, options: GpgOptions = {}): KeyHolder => ({
  fingerprint,
  sign: bytes => gpgSign(fingerprint, bytes, options),
  decrypt: box => gpgDecrypt(box, options)
})

/** The public half of what GnuPG holds, checked as a charter's key. Throws `no-key`, `key-unfit`, `gpg`. */
export const gpgPublicKey = async (fingerprint: string, options: GpgOptions = {}): Promise<PublicKey> => {
  const key = await readPublicKey(await gpgExport(fingerprint, options))
  if (key.fingerprint !== fingerprint)
    throw new GumshoeError('no-key', `Name the primary key, ${key.fingerprint}, not a subkey of it.`)
  return key
}
