import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { write } from '../../src/documents/write.ts'
import { forwardable } from '../../src/trust/gate.ts'
import { Seen } from '../../src/trust/seen.ts'
import { TestHost, testChecks } from '../support/host.ts'
import { makePerson, makeTestMesh, NOW, signedBy, type TestAgent, type TestMesh } from '../support/mesh.ts'

/**
 * T1. A rogue host, with its agent's key, wants the others to run an action of its own. Expected: nothing runs on any of
 * 50 hosts, and no node forwards it.
 */

let mesh: TestMesh
let rogue: TestAgent
let hosts: TestHost[]
before(async () => {
  mesh = await makeTestMesh()
  rogue = await mesh.enrol()
  hosts = Array.from({ length: 50 }, () => new TestHost(mesh))
})

const runsNowhere = async (raw: Uint8Array, wanted: string): Promise<void> => {
  for (const host of hosts) assert.equal(await host.say(raw), wanted)
  assert.equal(hosts.flatMap(({ ran }) => ran).length, 0)
  const verdict = await forwardable(raw, {
    now: NOW,
    chain: mesh.chain,
    seen: new Seen(),
    contentChecks: testChecks
  })
  assert.equal(verdict.action, undefined)
}

test('unsigned', async () => {
  await runsNowhere((await mesh.signAction({})).raw, 'ignore unsigned')
})

test('signed by the agent, by a bootstrap node, by the enrolment key', async () => {
  const bytes = write(mesh.action())
  for (const identity of [rogue.identity, mesh.nodes[0]!])
    for (const signature of [
      identity.sign('gumshoe/action/1', bytes),
      identity.sign('gumshoe/answer/1', bytes)
    ])
      await runsNowhere(encodeEnvelope({ bytes, signatures: [signature] }), 'reject malformed')
})

test('signed with an OpenPGP key that the rogue made, also under the name of an investigator', async () => {
  const bytes = write(mesh.action())
  for (const name of ['mallory', 'julien'])
    await runsNowhere(await signedBy(bytes, await makePerson(name)), 'ignore unknown-signer')
})

test('signed by persons of the charter who command nothing', async () => {
  await runsNowhere((await mesh.signAction({}, 'anna', 'bert')).raw, 'ignore quorum')
  await runsNowhere((await mesh.signAction({}, 'rita')).raw, 'ignore quorum')
})

test('with the signature of another document of an investigator', async () => {
  const { raw } = await mesh.signAction({}, 'julien')
  const voucher = await mesh.signVoucher(rogue.identity.peer, 'julien')
  const bytes = write(mesh.action())
  for (const other of [raw, voucher]) {
    const { signatures } = decodeEnvelope(other)
    await runsNowhere(encodeEnvelope({ bytes, signatures }), 'reject bad-signature')
  }
})

test('other documents of an investigator are no actions', async () => {
  await runsNowhere(await mesh.signVoucher(rogue.identity.peer, 'julien'), 'ignore unknown-kind')
  await runsNowhere(await mesh.signCancel('c'.repeat(64), 'julien'), 'ignore unknown-kind')
  await runsNowhere(mesh.chain.current.envelope, 'ignore unknown-kind')
  await runsNowhere(rogue.membership, 'ignore unknown-kind')
})
