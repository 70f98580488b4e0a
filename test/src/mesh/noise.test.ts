import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { asCrypto, nodeCrypto } from '@chainsafe/libp2p-noise/crypto'
import { noiseCrypto } from '../../../src/mesh/noise.ts'

const [key, nonce, ad] = [randomBytes(32), randomBytes(12), randomBytes(32)]
const bytesOf = (list: { subarray(): Uint8Array }) => new Uint8Array(list.subarray())

test('frames of every size are what the implementations of noise write and read', () => {
  for (const size of [0, 1, 1_183, 1_184, 1_199, 1_200, 1_216, 65_000]) {
    const plain = new Uint8Array(randomBytes(size))
    const sealed = bytesOf(noiseCrypto.chaCha20Poly1305Encrypt(plain, nonce, ad, key))
    for (const { chaCha20Poly1305Encrypt: encrypt } of [asCrypto, nodeCrypto])
      assert.deepEqual(bytesOf(encrypt(plain, nonce, ad, key)), sealed)
    assert.deepEqual(bytesOf(noiseCrypto.chaCha20Poly1305Decrypt(sealed, nonce, ad, key)), plain)
  }
})

test('an altered frame, or one of another key or place, is refused', () => {
  for (const size of [100, 5_000]) {
    const sealed = bytesOf(noiseCrypto.chaCha20Poly1305Encrypt(new Uint8Array(size), nonce, ad, key))
    const altered = sealed.slice()
    altered[size >> 1]! ^= 1
    const { chaCha20Poly1305Decrypt: decrypt } = noiseCrypto
    assert.throws(() => decrypt(altered, nonce, ad, key))
    assert.throws(() => decrypt(sealed, nonce, ad, randomBytes(32)))
    assert.throws(() => decrypt(sealed, randomBytes(12), ad, key))
    assert.throws(() => decrypt(sealed, nonce, randomBytes(32), key))
  }
})
