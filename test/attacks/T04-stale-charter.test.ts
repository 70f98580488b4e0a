import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { CharterChain } from '../../src/trust/charter-chain.ts'
import { TestHost } from '../support/host.ts'
import { at, DAY, makeTestMesh, NOW, type TestMesh } from '../support/mesh.ts'

/**
 * T4. A rogue relay plays back an older charter, a fork of it, or an altered one, so that a revoked person may ask again.
 * Expected: a version never goes down, a fork is refused by name, and what was revoked stays so.
 */

const refusals = async (mesh: TestMesh, offered: readonly Uint8Array[]): Promise<string[]> => {
  const said: string[] = []
  for (const envelope of offered)
    said.push(await mesh.chain.accept(envelope, NOW).catch((error: { code: string }) => error.code))
  return said
}

test('older versions, forks and reorderings never bring a revoked person back', async () => {
  const mesh = await makeTestMesh()
  const fork = await mesh.nextCharter({ note: 'a fork that revokes nobody' })
  await mesh.advance(mesh.revoked('persons', 'joe'))
  await mesh.advance({ note: 'three' })
  const [one, two, three] = mesh.chain.envelopes()
  const host = new TestHost(mesh)
  assert.deepEqual(await refusals(mesh, [three!, one!, two!, fork]), [
    'known',
    'known',
    'known',
    'charter-stale'
  ])
  assert.equal(mesh.charter.version, 3)
  assert.equal(await host.say((await mesh.signAction({ charter: 1 }, 'joe')).raw), 'ignore revoked')
})

test('versions out of order wait for the one between, none is skipped', async () => {
  const mesh = await makeTestMesh()
  for (let version = 2; version <= 5; version++) await mesh.advance({ note: `${version}` })
  const all = mesh.chain.envelopes()
  const late = await CharterChain.open(all.slice(0, 1), NOW)
  await assert.rejects(late.accept(all[4]!, NOW), { code: 'charter-newer' })
  await assert.rejects(late.accept(all[2]!, NOW), { code: 'charter-newer' })
  for (const envelope of late.envelopes(1)) await late.accept(envelope, NOW)
  for (const envelope of all.slice(1)) assert.equal(await late.accept(envelope, NOW), 'taken')
  assert.equal(late.current.id, mesh.chain.current.id)
})

test('no byte of a charter can be changed on the way', async () => {
  const mesh = await makeTestMesh()
  const { bytes, signatures } = decodeEnvelope(await mesh.nextCharter({ note: 'fine' }))
  const step = Math.ceil(bytes.length / 200)
  for (let at = 0; at < bytes.length; at += step) {
    const altered = Uint8Array.from(bytes)
    altered[at]! ^= 1
    const raw = encodeEnvelope({ bytes: altered, signatures })
    await assert.rejects(mesh.chain.accept(raw, NOW), `byte ${at}`)
  }
  assert.equal(await mesh.chain.accept(encodeEnvelope({ bytes, signatures }), NOW), 'taken')
})

test('a mesh that is frozen at an old charter stops by itself when that ends', async () => {
  const mesh = await makeTestMesh({ expires: NOW + DAY })
  const host = new TestHost(mesh)
  host.now = NOW + DAY + 1
  const window = { validFrom: at(DAY), expires: at(DAY + 3_600_000) }
  assert.equal(await host.say((await mesh.signAction(window, 'joe')).raw), 'ignore charter-expired')
})
