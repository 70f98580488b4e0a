import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as openpgp from 'openpgp'
import { utf8Bytes } from '../../../src/codec.ts'
import { encryptTo, readPublicKey, readSecretKey, unlock, verifyDetached } from '../../../src/trust/pgp.ts'
import { parseSignature, signerHint } from '../../../src/trust/signature-packet.ts'

// The examples of RFC 9580, appendix A.
const FINGERPRINT = 'cb186c4f0609a697e4d52dfa6c722b0c1f1e27c18a56708f6525ec27bad9acc9'

/** A.3: version 6 certificate. */
const CERTIFICATE = `-----BEGIN PGP PUBLIC KEY BLOCK-----

xioGY4d/4xsAAAAg+U2nu0jWCmHlZ3BqZYfQMxmZu52JGggkLq2EVD34laPCsQYf
GwoAAABCBYJjh3/jAwsJBwUVCg4IDAIWAAKbAwIeCSIhBssYbE8GCaaX5NUt+mxy
KwwfHifBilZwj2Ul7Ce62azJBScJAgcCAAAAAK0oIBA+LX0ifsDm185Ecds2v8lw
gyU2kCcUmKfvBXbAf6rhRYWzuQOwEn7E/aLwIwRaLsdry0+VcallHhSu4RN6HWaE
QsiPlR4zxP/TP7mhfVEe7XWPxtnMUMtf15OyA51YBM4qBmOHf+MZAAAAIIaTJINn
+eUBXbki+PSAld2nhJh/LVmFsS+60WyvXkQ1wpsGGBsKAAAALAWCY4d/4wKbDCIh
BssYbE8GCaaX5NUt+mxyKwwfHifBilZwj2Ul7Ce62azJAAAAAAQBIKbpGG2dWTX8
j+VjFM21J0hqWlEg+bdiojWnKfA5AQpWUWtnNwDEM0g12vYxoWM8Y81W+bHBw805
I8kWVkXU6vFOi+HWvv/ira7ofJu16NnoUkhclkUrk0mXubZvyl4GBg==
-----END PGP PUBLIC KEY BLOCK-----`

/** A.4: the same as a secret key. (A.5, locked with Argon2, opens as well; it takes 10 s a time.) */
const SECRET = `-----BEGIN PGP PRIVATE KEY BLOCK-----

xUsGY4d/4xsAAAAg+U2nu0jWCmHlZ3BqZYfQMxmZu52JGggkLq2EVD34laMAGXKB
exK+cH6NX1hs5hNhIB00TrJmosgv3mg1ditlsLfCsQYfGwoAAABCBYJjh3/jAwsJ
BwUVCg4IDAIWAAKbAwIeCSIhBssYbE8GCaaX5NUt+mxyKwwfHifBilZwj2Ul7Ce6
2azJBScJAgcCAAAAAK0oIBA+LX0ifsDm185Ecds2v8lwgyU2kCcUmKfvBXbAf6rh
RYWzuQOwEn7E/aLwIwRaLsdry0+VcallHhSu4RN6HWaEQsiPlR4zxP/TP7mhfVEe
7XWPxtnMUMtf15OyA51YBMdLBmOHf+MZAAAAIIaTJINn+eUBXbki+PSAld2nhJh/
LVmFsS+60WyvXkQ1AE1gCk95TUR3XFeibg/u/tVY6a//1q0NWC1X+yui3O24wpsG
GBsKAAAALAWCY4d/4wKbDCIhBssYbE8GCaaX5NUt+mxyKwwfHifBilZwj2Ul7Ce6
2azJAAAAAAQBIKbpGG2dWTX8j+VjFM21J0hqWlEg+bdiojWnKfA5AQpWUWtnNwDE
M0g12vYxoWM8Y81W+bHBw805I8kWVkXU6vFOi+HWvv/ira7ofJu16NnoUkhclkUr
k0mXubZvyl4GBg==
-----END PGP PRIVATE KEY BLOCK-----`

/** A.7: an inline-signed message, whose signature is of type 0x01 (text). */
const INLINE = `-----BEGIN PGP MESSAGE-----

xEYGAQobIHZJX1AhiJD39eLuPBgiUU9wUA9VHYblySHkBONKU/usyxhsTwYJppfk
1S36bHIrDB8eJ8GKVnCPZSXsJ7rZrMkBy0p1AAAAAABXaGF0IHdlIG5lZWQgZnJv
bSB0aGUgZ3JvY2VyeSBzdG9yZToKCi0gdG9mdQotIHZlZ2V0YWJsZXMKLSBub29k
bGVzCsKYBgEbCgAAACkFgmOYo2MiIQbLGGxPBgmml+TVLfpscisMHx4nwYpWcI9l
JewnutmsyQAAAABpNiB2SV9QIYiQ9/Xi7jwYIlFPcFAPVR2G5ckh5ATjSlP7rCfQ
b7gKqPxbyxbhljGygHQPnqau1eBzrQD5QVplPEDnemrnfmkrpx0GmhCfokxYz9jj
FtCgazStmsuOXF9SFQE=
-----END PGP MESSAGE-----`

/** A.1 and A.2: a bare version 4 Ed25519Legacy key and its signature over "OpenPGP". */
const LEGACY_KEY = `-----BEGIN PGP PUBLIC KEY BLOCK-----

xjMEU/NfCxYJKwYBBAHaRw8BAQdAPwmJlL3ZFu1AUxl5NOSofIBzOhKA1i+AEJku
Q+47JAY=
-----END PGP PUBLIC KEY BLOCK-----`
const LEGACY_SIGNATURE = `-----BEGIN PGP SIGNATURE-----

iF4EABYIAAYFAlX5X5UACgkQjP3hIZeWWpr2IgD/VvkMypjiECY3vZg/2xbBMd/S
ftgr9N3lYG4NdWrtM2YBANCcT6EVJ/A44PV/IgHYLy6iyQMyZfps60iehUuuYbQE
-----END PGP SIGNATURE-----`

const now = Date.parse('2026-11-24T12:00:00Z')

test('A.3: the certificate is read, without a user id', async () => {
  const key = await readPublicKey(CERTIFICATE)
  assert.equal(key.fingerprint, FINGERPRINT)
  assert.equal(key.uid, '')
  assert.equal(key.expires, undefined)
})

test('A.4: the secret key signs in version 6 and opens boxes', async () => {
  const key = await readPublicKey(CERTIFICATE)
  const secret = await readSecretKey(SECRET)
  assert.equal(secret.fingerprint, FINGERPRINT)
  const open = await unlock(secret.secret)
  const bytes = utf8Bytes('gumshoe')
  const signature = await open.signDetached(bytes, now)
  assert.equal(parseSignature(signature).version, 6)
  assert.deepEqual(signerHint(signature), { fingerprint: FINGERPRINT, keyId: FINGERPRINT.slice(0, 16) })
  assert.deepEqual(await verifyDetached(bytes, signature, [key], now), { fingerprint: FINGERPRINT, ok: true })
  const other = await verifyDetached(utf8Bytes('gumshoe.'), signature, [key], now)
  assert.equal(other?.code, 'bad-signature')
  const box = await encryptTo(bytes, [key], now)
  assert.deepEqual(new Uint8Array(await open.decrypt(box)), bytes)
})

test('A.7: the example verifies in the library, and is refused here: it signs text, not bytes', async () => {
  const message = await openpgp.readMessage({ armoredMessage: INLINE })
  const verificationKeys = await openpgp.readKey({ armoredKey: CERTIFICATE })
  const { signatures, data } = await openpgp.verify({ message, verificationKeys })
  assert.equal(await signatures[0]!.verified, true)
  const packet = (await signatures[0]!.signature).write() as Uint8Array
  const key = await readPublicKey(CERTIFICATE)
  await assert.rejects(verifyDetached(utf8Bytes(data as string), packet, [key], now), { code: 'malformed' })
})

test('A.1, A.2: the legacy signature is read, its issuer a hint only; the bare key has no self-signature', async () => {
  const signature = (
    await openpgp.readSignature({ armoredSignature: LEGACY_SIGNATURE })
  ).write() as Uint8Array
  assert.deepEqual(signerHint(signature), { keyId: '8cfde12197965a9a' })
  await assert.rejects(readPublicKey(LEGACY_KEY), { code: 'key-unfit' })
  const bare = await openpgp.readKey({ armoredKey: LEGACY_KEY })
  const input = { fingerprint: bare.getFingerprint(), bytes: bare.write() }
  // The numbers are right and the key may still not sign: nothing says that its owner bound it to anything.
  const verdict = await verifyDetached(utf8Bytes('OpenPGP'), signature, [input], now)
  assert.equal(verdict?.code, 'key-unfit')
  const altered = await verifyDetached(utf8Bytes('OpenPGp'), signature, [input], now)
  assert.equal(altered?.code, 'bad-signature')
})
