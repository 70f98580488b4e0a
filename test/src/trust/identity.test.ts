import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateKeyPairFromSeed, privateKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { fromHex, toHex, utf8Bytes } from '../../../src/codec.ts'
import { makeIdentity, peerOfPublicKey, publicKeyOfPeer, verifyEd25519 } from '../../../src/trust/identity.ts'

test('a peer id is the one that libp2p makes of the same seed', async () => {
  for (let i = 0; i < 20; i++) {
    const identity = makeIdentity()
    const libp2p = await generateKeyPairFromSeed('Ed25519', identity.seed)
    assert.equal(identity.peer, peerIdFromPrivateKey(libp2p).toString())
    assert.deepEqual(publicKeyOfPeer(identity.peer), identity.publicKey)
    assert.deepEqual(libp2p.publicKey.raw, identity.publicKey)
    const raw = privateKeyFromRaw(Buffer.concat([identity.seed, identity.publicKey]))
    assert.equal(peerIdFromPrivateKey(raw).toString(), identity.peer)
  }
})

test('RFC 8032 7.1 test 1: the seed gives its public key', () => {
  const seed = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60')
  const { publicKey } = makeIdentity(seed)
  assert.equal(toHex(publicKey), 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
})

test('a signature holds for its kind, its bytes and its key only', () => {
  const identity = makeIdentity()
  const bytes = utf8Bytes('answer')
  const signature = identity.sign('gumshoe/answer/1', bytes)
  assert.equal(signature.length, 64)
  const holds = (kind: string, text: string, key = identity.publicKey) =>
    verifyEd25519(key, kind, utf8Bytes(text), signature)
  assert.equal(holds('gumshoe/answer/1', 'answer'), true)
  assert.equal(holds('gumshoe/receipt/1', 'answer'), false)
  assert.equal(holds('gumshoe/answer/1', 'answes'), false)
  assert.equal(holds('gumshoe/answer/1', 'answer', makeIdentity().publicKey), false)
  assert.equal(verifyEd25519(identity.publicKey, 'gumshoe/answer/1', bytes, signature.subarray(1)), false)
  assert.equal(verifyEd25519(new Uint8Array(31), 'gumshoe/answer/1', bytes, signature), false)
})

test('what is not a peer id of an Ed25519 key is malformed', () => {
  const good = makeIdentity().peer
  for (const bad of [
    '',
    'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N',
    `${good}1`,
    good.replace('1', '0'),
    `12D3KooW${'z'.repeat(44)}`
  ])
    assert.throws(() => publicKeyOfPeer(bad), { code: 'malformed' })
  assert.throws(() => peerOfPublicKey(new Uint8Array(33)), { code: 'malformed' })
  assert.throws(() => makeIdentity(new Uint8Array(31)), { code: 'malformed' })
})
