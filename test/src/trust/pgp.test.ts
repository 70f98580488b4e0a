import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as openpgp from 'openpgp'
import { fromHex, utf8Bytes } from '../../../src/codec.ts'
import {
  encryptTo,
  makeKey,
  readPublicKey,
  readSecretKey,
  readSignatures,
  unlock,
  verifyDetached
} from '../../../src/trust/pgp.ts'
import { signerHint } from '../../../src/trust/signature-packet.ts'
import { vectors } from '../../vectors.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')
const DAY = 86_400_000
const bytes = utf8Bytes('{"kind":"gumshoe/action/1"}')

/** The unhashed area of a v4 signature: where it begins and ends. */
const unhashed = (signature: Uint8Array): [number, number] => {
  const body = signature[1]! < 192 ? 2 : 3
  const start = body + 6 + signature[body + 4]! * 256 + signature[body + 5]!
  return [start, start + 2 + signature[start]! * 256 + signature[start + 1]!]
}

test('a key of ours signs, verifies and opens; its passphrase guards it', async () => {
  const key = await makeKey('Julien V', { passphrase: 'correct horse', now: NOW })
  assert.match(key.fingerprint, /^[0-9a-f]{40}$/)
  assert.equal(key.uid, 'Julien V')
  assert.equal(key.expires, undefined)
  await assert.rejects(unlock(key.secret, 'wrong'), { code: 'bad-passphrase' })
  await assert.rejects(unlock(key.secret), { code: 'bad-passphrase' })
  const open = await unlock(key.secret, 'correct horse')
  const signature = await open.signDetached(bytes, NOW)
  assert.deepEqual(await verifyDetached(bytes, signature, [key], NOW), {
    fingerprint: key.fingerprint,
    ok: true
  })
  assert.deepEqual(signerHint(signature), { fingerprint: key.fingerprint, keyId: key.fingerprint.slice(-16) })
  const box = await encryptTo(bytes, [key], NOW)
  assert.deepEqual(new Uint8Array(await open.decrypt(box)), bytes)
  const again = await readSecretKey(key.secret)
  assert.equal(again.fingerprint, key.fingerprint)
  await assert.rejects(readPublicKey(key.secret), { code: 'key-unfit' })
  await assert.rejects(readSecretKey(key.bytes), { code: 'no-key' })
})

test('nothing is encrypted to an expired key, nor to one that ends within the skew of clocks; it is named', async () => {
  const [ended, ends, fresh] = await Promise.all([
    makeKey('ended', { now: NOW - 3_600_000, expires: NOW - 1_000 }),
    makeKey('ends', { now: NOW - 3_600_000, expires: NOW + 60_000 }),
    makeKey('fresh', { now: NOW - 3_600_000, expires: NOW + 3_600_000 })
  ])
  for (const key of [ended!, ends!])
    await assert.rejects(encryptTo(bytes, [fresh!, key], NOW), {
      code: 'key-expired',
      message: `The key ${key.fingerprint} has expired.`
    })
  await encryptTo(bytes, [fresh!], NOW)
})

test('altered bytes and altered signatures are not ok; another key is none of these', async () => {
  const key = await makeKey('a', { now: NOW })
  const other = await makeKey('b', { now: NOW })
  const signature = await (await unlock(key.secret)).signDetached(bytes, NOW)
  const altered = bytes.slice()
  altered[3]! ^= 1
  assert.deepEqual(await verifyDetached(altered, signature, [other, key], NOW), {
    fingerprint: key.fingerprint,
    ok: false,
    code: 'bad-signature'
  })
  assert.equal(await verifyDetached(bytes, signature, [other], NOW), undefined)
  const [start, end] = unhashed(signature)
  const r = end + 2
  const s = r + 2 + Math.ceil((signature[r]! * 256 + signature[r + 1]!) / 8)
  for (let at = 0; at < signature.length; at++) {
    // The unhashed area and the bit counts of the two numbers are malleable by nature of OpenPGP.
    if ((at >= start && at < end) || [r, r + 1, s, s + 1].includes(at)) continue
    const broken = signature.slice()
    broken[at]! ^= 0x01
    const verdict = await verifyDetached(bytes, broken, [key], NOW).catch(error => {
      assert.equal(error.code, 'malformed')
      return undefined
    })
    assert.notEqual(verdict?.ok, true, `byte ${at}`)
  }
})

test('the unhashed area counts for nothing', async () => {
  const key = await makeKey('a', { now: NOW })
  const other = await makeKey('b', { now: NOW })
  const signature = await (await unlock(key.secret)).signDetached(bytes, NOW)
  const [start, end] = unhashed(signature)
  for (const area of [[], [9, 16, ...fromHex(other.fingerprint.slice(-16))]]) {
    const body = [
      ...signature.subarray(signature[1]! < 192 ? 2 : 3, start),
      0,
      area.length,
      ...area,
      ...signature.subarray(end)
    ]
    const copy = Uint8Array.from([0xc2, 0xff, 0, 0, 0, body.length, ...body])
    assert.deepEqual(await verifyDetached(bytes, copy, [other, key], NOW), {
      fingerprint: key.fingerprint,
      ok: true
    })
  }
})

test('two packets, armor, text signatures and weak hashes are malformed', async () => {
  const key = await makeKey('a', { now: NOW })
  const signature = await (await unlock(key.secret)).signDetached(bytes, NOW)
  const twice = Uint8Array.from([...signature, ...signature])
  const privateKey = await openpgp.readPrivateKey({ binaryKey: key.secret })
  const text = (await openpgp.sign({
    message: await openpgp.createMessage({ text: 'a\n' }),
    signingKeys: privateKey,
    detached: true,
    format: 'binary',
    date: new Date(NOW)
  })) as unknown as Uint8Array
  const armored = openpgp.armor(openpgp.enums.armor.signature, signature)
  const sha1 = signature.slice()
  sha1[(signature[1]! < 192 ? 2 : 3) + 3] = 2
  for (const bad of [twice, text, utf8Bytes(armored), sha1, signature.subarray(0, 40), new Uint8Array(0)])
    await assert.rejects(verifyDetached(bytes, bad, [key], NOW), { code: 'malformed' })
  assert.deepEqual(await readSignatures(utf8Bytes(armored)), [signature])
  assert.deepEqual(await readSignatures(twice), [signature, signature])
})

test('the time of signing is not judged; the key is, at the given time', async () => {
  const key = await makeKey('a', { now: NOW, expires: NOW + 10 * DAY })
  assert.equal(key.expires, NOW + 10 * DAY)
  const open = await unlock(key.secret)
  const signature = await open.signDetached(bytes, NOW + DAY)
  for (const at of [NOW - 3_600_000, NOW, NOW + 10 * DAY - 1000])
    assert.equal((await verifyDetached(bytes, signature, [key], at))?.ok, true)
  assert.equal((await verifyDetached(bytes, signature, [key], NOW + 10 * DAY))?.code, 'key-expired')
  await assert.rejects(open.signDetached(bytes, NOW + 11 * DAY), { code: 'key-expired' })
})

test('a revoked key is not ok and not read', async () => {
  const key = await makeKey('a', { now: NOW })
  const signature = await (await unlock(key.secret)).signDetached(bytes, NOW)
  const { publicKey } = await openpgp.revokeKey({
    key: await openpgp.readPrivateKey({ binaryKey: key.secret }),
    date: new Date(NOW + 1000),
    format: 'object'
  })
  const revoked = { fingerprint: key.fingerprint, bytes: publicKey.write() }
  assert.equal((await verifyDetached(bytes, signature, [revoked], NOW))?.code, 'revoked')
  await assert.rejects(readPublicKey(revoked.bytes), { code: 'key-unfit' })
})

test('weak and foreign kinds of keys are unfit; one key at a time', async () => {
  const make = async (options: Omit<openpgp.KeyOptions, 'userIDs' | 'format'>) =>
    (await openpgp.generateKey({ ...options, userIDs: [{ name: 'x' }], format: 'object' })).publicKey.write()
  for (const options of [{ type: 'rsa', rsaBits: 2048 }, { type: 'curve448' }] as const)
    await assert.rejects(readPublicKey(await make(options)), { code: 'key-unfit' })
  const fine = await make({ type: 'ecc', curve: 'nistP384' })
  assert.equal((await readPublicKey(fine)).uid, 'x')
  await assert.rejects(readPublicKey(Uint8Array.from([...fine, ...fine])), { code: 'malformed' })
  await assert.rejects(readPublicKey(utf8Bytes('nonsense')), { code: 'malformed' })
  const signOnly = (
    await openpgp.generateKey({
      type: 'ecc',
      curve: 'ed25519Legacy',
      userIDs: [{ name: 'x' }],
      subkeys: [],
      format: 'object'
    })
  ).publicKey.write()
  await assert.rejects(readPublicKey(signOnly), { code: 'key-unfit' })
})

test('a signing subkey counts as its primary key, with its back-signature only', async () => {
  const { privateKey, publicKey } = await openpgp.generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name: 'x' }],
    subkeys: [{}, { sign: true }],
    date: new Date(NOW),
    format: 'object'
  })
  const input = { fingerprint: publicKey.getFingerprint(), bytes: publicKey.write() }
  const signature = await (await unlock(privateKey.write())).signDetached(bytes, NOW)
  assert.notEqual(signerHint(signature).fingerprint, input.fingerprint)
  assert.deepEqual(await verifyDetached(bytes, signature, [input], NOW), {
    fingerprint: input.fingerprint,
    ok: true
  })
})

test("a thief cannot bind a victim's key as a signing subkey of his own: no back-signature", async () => {
  const victim = await openpgp.readPrivateKey({ binaryKey: (await makeKey('victim', { now: NOW })).secret })
  const signature = await (await unlock(victim.write())).signDetached(bytes, NOW)
  const thief = await openpgp.readPrivateKey({ binaryKey: (await makeKey('thief', { now: NOW })).secret })
  const packet = new openpgp.PublicSubkeyPacket()
  await packet.read((victim.toPublic().keyPacket as openpgp.PublicKeyPacket).write())
  const binding = Object.assign(new openpgp.SignaturePacket(), {
    signatureType: openpgp.enums.signature.subkeyBinding,
    publicKeyAlgorithm: thief.keyPacket.algorithm,
    hashAlgorithm: openpgp.enums.hash.sha512,
    keyFlags: [openpgp.enums.keyFlags.signData]
  })
  const data = { key: thief.keyPacket, bind: packet } as unknown as Uint8Array
  await (binding.sign as (...parts: unknown[]) => Promise<void>)(
    thief.keyPacket,
    data,
    new Date(NOW),
    false,
    openpgp.config
  )
  const list = thief.toPublic().toPacketList() as openpgp.PacketList<openpgp.AnyPacket>
  list.push(packet, binding)
  const stolen = { fingerprint: thief.getFingerprint(), bytes: list.write() }
  assert.deepEqual(await verifyDetached(bytes, signature, [stolen], NOW), {
    fingerprint: stolen.fingerprint,
    ok: false,
    code: 'key-unfit'
  })
})

test('a box with a compressed packet is not opened (64 MiB out of 65 kB)', async () => {
  const key = await makeKey('a', { now: NOW })
  const box = await compressedTo(key.bytes)
  assert.ok(box.length < 8_192)
  const willing = await openpgp.decrypt({
    message: await openpgp.readMessage({ binaryMessage: box }),
    decryptionKeys: await openpgp.readPrivateKey({ binaryKey: key.secret }),
    format: 'binary',
    date: new Date(NOW)
  })
  assert.equal((willing.data as Uint8Array).length, 1 << 20)
  await assert.rejects((await unlock(key.secret)).decrypt(box), { code: 'no-key' })
})

/** A message whose only inner packet is a compressed one, encrypted to the key. */
const compressedTo = async (publicKey: Uint8Array): Promise<Uint8Array> => {
  const message = await openpgp.createMessage({ binary: new Uint8Array(1 << 20) })
  const packet = Object.assign(new openpgp.CompressedDataPacket(), {
    packets: message.packets,
    algorithm: openpgp.enums.compression.zlib
  })
  const list = new openpgp.PacketList<openpgp.AnyPacket>()
  list.push(packet)
  return await openpgp.encrypt({
    message: new openpgp.Message(list) as openpgp.Message<Uint8Array>,
    encryptionKeys: await openpgp.readKey({ binaryKey: publicKey }),
    format: 'binary',
    date: new Date(NOW)
  })
}

test('a key of a charter that is none, or is called otherwise than it is, speaks for nobody and hinders nobody', async () => {
  const [key, other] = [await makeKey('a', { now: NOW }), await makeKey('b', { now: NOW })]
  const signature = await (await unlock(key.secret)).signDetached(bytes, NOW)
  const nonsense = { fingerprint: 'ab'.repeat(20), bytes: utf8Bytes('nonsense') }
  const misnamed = { fingerprint: other.fingerprint, bytes: key.bytes }
  const fine = { fingerprint: key.fingerprint, ok: true }
  assert.deepEqual(await verifyDetached(bytes, signature, [nonsense, misnamed, key], NOW), fine)
  assert.equal(await verifyDetached(bytes, signature, [nonsense, misnamed], NOW), undefined)
})

test('what GnuPG 2.2 signed verifies as ever, also where there is no gpg', async () => {
  for (const name of ['ed25519', 'rsa4096', 'p256']) {
    const vector = vectors<Record<'fingerprint' | 'key' | 'bytes' | 'signature', string>>(
      `openpgp/gnupg-2.2-${name}.json`
    )
    const key = await readPublicKey(fromHex(vector.key))
    assert.equal(key.fingerprint, vector.fingerprint)
    const [message, signature] = [fromHex(vector.bytes), fromHex(vector.signature)]
    assert.equal((await verifyDetached(message, signature, [key], NOW))?.ok, true, name)
    message[0]! ^= 1
    assert.equal((await verifyDetached(message, signature, [key], NOW))?.code, 'bad-signature', name)
  }
})
