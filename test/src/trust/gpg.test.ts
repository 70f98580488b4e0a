import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemClock } from '../../../src/clock.ts'
import { utf8Bytes } from '../../../src/codec.ts'
import { fileHolder, gpgHolder, gpgPublicKey } from '../../../src/trust/key-holder.ts'
import {
  encryptTo,
  makeKey,
  readPublicKey,
  readSecretKey,
  readSignatures,
  verifyDetached
} from '../../../src/trust/pgp.ts'

// Signatures go both ways with the machine's GnuPG 2.2: v4 Ed25519, RSA-4096 and P-256 (issue 3, part 5).
// The socket of gpg-agent needs a short path.
let homedir: string
const now = Date.now()
const bytes = utf8Bytes('{"kind":"gumshoe/action/1"}')

const gpg = (args: string[], input?: Uint8Array): Buffer =>
  execFileSync('gpg', ['--homedir', homedir, '--batch', '--no-tty', '--quiet', ...args], {
    input: input ?? '',
    stdio: ['pipe', 'pipe', 'ignore']
  })

const generate = (parameters: string): string => {
  gpg(['--gen-key'], utf8Bytes(`%no-protection\n${parameters}\n%commit\n`))
  const list = gpg(['--list-secret-keys', '--with-colons']).toString()
  return list
    .match(/^fpr:+([0-9A-F]{40}):/gm)!
    .at(-2)!
    .match(/[0-9A-F]{40}/)![0]
    .toLowerCase()
}

before(() => {
  homedir = mkdtempSync('/tmp/gsk')
})

after(() => {
  execFileSync('gpgconf', ['--homedir', homedir, '--kill', 'all'])
  rmSync(homedir, { recursive: true, force: true })
})

const KINDS = {
  'v4 Ed25519':
    'Key-Type: eddsa\nKey-Curve: ed25519\nSubkey-Type: ecdh\nSubkey-Curve: cv25519\nName-Real: ed\nExpire-Date: 0',
  'RSA-4096':
    'Key-Type: rsa\nKey-Length: 4096\nSubkey-Type: rsa\nSubkey-Length: 4096\nName-Real: rsa\nExpire-Date: 2y',
  'P-256':
    'Key-Type: ecdsa\nKey-Curve: nistp256\nSubkey-Type: ecdh\nSubkey-Curve: nistp256\nName-Real: nist\nExpire-Date: 0'
}

for (const [name, parameters] of Object.entries(KINDS))
  test(`${name}: what GnuPG signs verifies here, what is sealed here opens there`, async () => {
    const fingerprint = generate(parameters)
    const holder = gpgHolder(fingerprint, { homedir })
    const key = await gpgPublicKey(fingerprint, { homedir })
    const signature = await holder.sign(bytes)
    assert.deepEqual(await verifyDetached(bytes, signature, [key], now), { fingerprint, ok: true })
    assert.equal((await verifyDetached(utf8Bytes('other'), signature, [key], now))?.ok, false)
    const box = await encryptTo(bytes, [key], now + 5_000)
    assert.deepEqual(await holder.decrypt(box), bytes)
    if (name === 'RSA-4096') assert.ok(key.expires! > now && key.expires! < now + 800 * 86_400_000)
    // The same secret key, taken into a file of ours: signs here, verifies with GnuPG.
    const secret = await readSecretKey(new Uint8Array(gpg(['--export-secret-keys', fingerprint])))
    const file = await fileHolder(secret.secret, undefined, systemClock)
    verifyWithGpg(await file.sign(bytes))
    assert.deepEqual(new Uint8Array(await file.decrypt(box)), bytes)
  })

const verifyWithGpg = (signature: Uint8Array): void => {
  const [data, sig] = [join(homedir, 'data'), join(homedir, 'data.sig')]
  writeFileSync(data, bytes)
  writeFileSync(sig, signature)
  // Throws where the exit status is not 0.
  execFileSync('gpg', ['--homedir', homedir, '--batch', '--verify', sig, data], { stdio: 'ignore' })
  writeFileSync(data, utf8Bytes('other'))
  assert.throws(() =>
    execFileSync('gpg', ['--homedir', homedir, '--batch', '--verify', sig, data], { stdio: 'ignore' })
  )
}

test('a key that we make is taken, used and verified by GnuPG', async () => {
  const key = await makeKey('Anna Example <anna@example.org>', { now: now - 5_000, passphrase: 'pass' })
  gpg(['--import'], key.bytes)
  const file = await fileHolder(key.secret, 'pass', systemClock)
  verifyWithGpg(await file.sign(bytes))
  const boxed = gpg(
    ['--trust-model', 'always', '--compress-algo', 'none', '-r', key.fingerprint, '--encrypt'],
    bytes
  )
  assert.deepEqual(new Uint8Array(await file.decrypt(new Uint8Array(boxed))), bytes)
  const again = await readPublicKey(new Uint8Array(gpg(['--armor', '--export', key.fingerprint])))
  assert.equal(again.fingerprint, key.fingerprint)
  assert.equal(again.uid, 'Anna Example <anna@example.org>')
  gpg(['--pinentry-mode', 'loopback', '--passphrase', 'pass', '--import'], key.secret)
  assert.match(gpg(['--list-secret-keys', '--with-colons']).toString(), new RegExp(key.fingerprint, 'i'))
})

test('plain gpg --detach-sign, armored or not, is read', async () => {
  const fingerprint = generate(KINDS['v4 Ed25519'])
  const key = await gpgPublicKey(fingerprint, { homedir })
  for (const armor of [[], ['--armor']]) {
    const file = new Uint8Array(gpg([...armor, '-u', fingerprint, '--detach-sign'], bytes))
    const [signature] = await readSignatures(file)
    assert.equal((await verifyDetached(bytes, signature!, [key], now))?.ok, true)
  }
})

test('a locked key without its passphrase, an unknown key and no gpg are said plainly', async () => {
  const stranger = 'ab'.repeat(20)
  await assert.rejects(gpgHolder(stranger, { homedir }).sign(bytes), { code: 'no-key' })
  await assert.rejects(gpgPublicKey(stranger, { homedir }), { code: 'no-key' })
  await assert.rejects(gpgHolder('abcd', { homedir }).sign(bytes), { code: 'no-key' })
  await assert.rejects(gpgHolder(stranger, { homedir, program: '/nonexistent/gpg' }).sign(bytes), {
    code: 'gpg'
  })
  const other = await makeKey('elsewhere', { now: now - 5_000 })
  await assert.rejects(gpgHolder(stranger, { homedir }).decrypt(await encryptTo(bytes, [other], now)), {
    code: 'no-key'
  })
})

test('curves that we do not take, though GnuPG does', async () => {
  const fingerprint = generate(
    'Key-Type: ecdsa\nKey-Curve: brainpoolP256r1\nSubkey-Type: ecdh\nSubkey-Curve: brainpoolP256r1\nName-Real: bp\nExpire-Date: 0'
  )
  await assert.rejects(gpgPublicKey(fingerprint, { homedir }), { code: 'key-unfit' })
})

test('an expired key is said to be so', async () => {
  const fingerprint = generate(
    'Key-Type: eddsa\nKey-Curve: ed25519\nSubkey-Type: ecdh\nSubkey-Curve: cv25519\nName-Real: brief\nExpire-Date: seconds=1'
  )
  await new Promise(done => setTimeout(done, 2_100))
  await assert.rejects(gpgHolder(fingerprint, { homedir }).sign(bytes), { code: 'key-expired' })
})
