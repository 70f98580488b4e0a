import { createSecretKey } from 'node:crypto'
import { type ICryptoInterface, noise } from '@chainsafe/libp2p-noise'
import { defaultCrypto, nodeCrypto } from '@chainsafe/libp2p-noise/crypto'

/** From here on node:crypto is faster than WebAssembly (as noise's own choice has it). */
const LARGE = 1_200

/** node:crypto takes a key as an object five times sooner than as bytes (src/trust/pem.ts); noise hands on whatever it is. */
const keyOf = (bytes: Uint8Array): Uint8Array => createSecretKey(bytes) as unknown as Uint8Array

/** What noise would choose itself, with keys handed over as objects. */
export const noiseCrypto: ICryptoInterface = {
  ...defaultCrypto,
  chaCha20Poly1305Encrypt: (plaintext, nonce, ad, key) =>
    plaintext.byteLength < LARGE
      ? defaultCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, key)
      : nodeCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, keyOf(key)),
  chaCha20Poly1305Decrypt: (ciphertext, nonce, ad, key, into) =>
    ciphertext.byteLength < LARGE
      ? defaultCrypto.chaCha20Poly1305Decrypt(ciphertext, nonce, ad, key, into)
      : nodeCrypto.chaCha20Poly1305Decrypt(ciphertext, nonce, ad, keyOf(key))
}

/** The noise of libp2p; whoever wraps it adds the door. */
export const makeNoise = (): ReturnType<typeof noise> => noise({ crypto: noiseCrypto })
