import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core'
import fc from 'fast-check'
import { fromHex, toHex, utf8Bytes } from '../../../src/codec.ts'
import { AES_128, hpkeOpen, hpkeSeal, makePair, publicOf } from '../../../src/trust/hpke.ts'

test('RFC 9180 A.1.1.1: the first encryption of the base mode', () => {
  const ephemeral = {
    privateKey: fromHex('52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736'),
    publicKey: fromHex('37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431')
  }
  const recipient = fromHex('3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d')
  const secret = fromHex('4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8')
  const info = fromHex('4f6465206f6e2061204772656369616e2055726e')
  const plaintext = fromHex('4265617574792069732074727574682c20747275746820626561757479')
  const aad = utf8Bytes('Count-0')
  const box = hpkeSeal(recipient, plaintext, aad, info, { aead: AES_128, ephemeral })
  assert.equal(toHex(box.subarray(0, 32)), toHex(ephemeral.publicKey))
  assert.equal(
    toHex(box.subarray(32)),
    'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a'
  )
  assert.deepEqual(publicOf(secret), recipient)
  assert.deepEqual(hpkeOpen(secret, box, aad, info, AES_128), plaintext)
})

test('boxes open in @hpke/core, and its boxes open here', async () => {
  const suite = new CipherSuite({
    kem: new DhkemX25519HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes256Gcm()
  })
  const info = utf8Bytes('gumshoe/seal/1')
  const pair = makePair()
  const recipientPublicKey = await suite.kem.deserializePublicKey(pair.publicKey.slice().buffer)
  const recipientKey = await suite.kem.deserializePrivateKey(pair.privateKey.slice().buffer)
  for (const size of [0, 1, 29, 5_000]) {
    const plaintext = new Uint8Array(size).fill(7)
    const aad = utf8Bytes(`aad ${size}`)
    const box = hpkeSeal(pair.publicKey, plaintext, aad, info)
    const enc = box.slice(0, 32)
    const theirs = await suite.open({ recipientKey, enc, info }, box.slice(32), aad)
    assert.deepEqual(new Uint8Array(theirs), plaintext)
    const sealed = await suite.seal({ recipientPublicKey, info }, plaintext, aad)
    const joined = Uint8Array.from([...new Uint8Array(sealed.enc), ...new Uint8Array(sealed.ct)])
    assert.deepEqual(hpkeOpen(pair.privateKey, joined, aad, info), plaintext)
  }
})

test('a box opens only whole, with its key, its aad and its info', () => {
  const pair = makePair()
  const info = utf8Bytes('i')
  const aad = utf8Bytes('a')
  const box = hpkeSeal(pair.publicKey, utf8Bytes('secret'), aad, info)
  const refuses = (act: () => unknown) => assert.throws(act, { code: 'malformed' })
  refuses(() => hpkeOpen(makePair().privateKey, box, aad, info))
  refuses(() => hpkeOpen(pair.privateKey, box, utf8Bytes('b'), info))
  refuses(() => hpkeOpen(pair.privateKey, box, aad, utf8Bytes('j')))
  refuses(() => hpkeOpen(pair.privateKey, new Uint8Array(20), aad, info))
  fc.assert(
    fc.property(fc.nat(box.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const broken = box.slice()
      broken[at]! ^= flip
      // X25519 ignores the highest bit of a public key, but the key is in the derivation.
      refuses(() => hpkeOpen(pair.privateKey, broken, aad, info))
    })
  )
})

test('a public key of low order is refused', () => {
  for (const bad of [new Uint8Array(32), Uint8Array.from([1, ...new Uint8Array(31)]), new Uint8Array(31)])
    assert.throws(() => hpkeSeal(bad, utf8Bytes('x'), utf8Bytes(''), utf8Bytes('')), { code: 'malformed' })
})
