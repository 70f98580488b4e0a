import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toBase64 } from '../../../src/codec.ts'
import type { Charter } from '../../../src/documents/charter.ts'
import { decodeEnvelope, documentId, encodeEnvelope } from '../../../src/documents/envelope.ts'
import { write } from '../../../src/documents/write.ts'
import { LIMITS } from '../../../src/limits.ts'
import { CharterChain } from '../../../src/trust/charter-chain.ts'
import { at, charterPerson, DAY, HOUR, makePerson, makeTestMesh, NOW, signedBy } from '../../support/mesh.ts'

const invalid = { code: 'charter-invalid' }
const three = {
  anna: [0, 'admin'],
  bert: [0, 'admin'],
  carl: [0, 'admin'],
  joe: [1, 'investigator']
} as const

test('the mesh is named by its first charter, and all versions are kept in order', async () => {
  const mesh = await makeTestMesh()
  const [first] = mesh.chain.envelopes()
  assert.equal(mesh.mesh, documentId(decodeEnvelope(first!).bytes))
  await mesh.advance({ note: 'two' })
  await mesh.advance({ note: 'three' })
  assert.equal(mesh.chain.current.charter.version, 3)
  assert.equal(mesh.chain.version(2)?.charter.note, 'two')
  assert.equal(mesh.chain.version(4), undefined)
  assert.deepEqual(mesh.chain.envelopes(1), mesh.chain.envelopes().slice(1))
  assert.deepEqual(
    mesh.chain.charters().map(({ version }) => version),
    [3, 2, 1]
  )
  const again = await CharterChain.open(mesh.chain.envelopes(), NOW)
  assert.equal(again.current.id, mesh.chain.current.id)
})

test('a chain begins with version 1, signed by its own admins', async () => {
  const mesh = await makeTestMesh()
  const next = await mesh.nextCharter()
  await assert.rejects(CharterChain.open([], NOW), invalid)
  await assert.rejects(CharterChain.open([next], NOW), invalid)
  const { bytes, signatures } = decodeEnvelope(mesh.chain.current.envelope)
  for (const some of [[], signatures.slice(1), [signatures[0]!, signatures[0]!]])
    await assert.rejects(CharterChain.open([encodeEnvelope({ bytes, signatures: some })], NOW), invalid)
  for (const change of [{ mesh: mesh.mesh }, { previous: mesh.mesh }]) {
    const odd = write({ ...mesh.charter, kind: 'gumshoe/charter/1', ...change })
    await assert.rejects(
      CharterChain.open([await signedBy(odd, mesh.who('anna'), mesh.who('bert'))], NOW),
      invalid
    )
  }
})

test('the rules of the house hold from the first version on', async () => {
  await assert.rejects(makeTestMesh({ adminThreshold: 1 }), invalid)
  await assert.rejects(makeTestMesh({ persons: { anna: [2, 'admin', 'investigator'] } }), invalid)
  await makeTestMesh({ persons: { anna: [2, 'admin', 'investigator'] }, lab: true })
})

test('the next version needs the admins of the one before it and its own', async () => {
  const mesh = await makeTestMesh({ persons: three, adminThreshold: 2 })
  const [anna, bert, carl] = ['anna', 'bert', 'carl'].map(name => mesh.who(name))
  const dora = await makePerson('dora')
  const persons = [...mesh.charter.persons.slice(1), charterPerson(dora, [0, 'admin'])]
  const refused = async (...signers: Parameters<typeof mesh.nextCharter>[1][]) =>
    assert.rejects(mesh.chain.accept(await mesh.nextCharter({ persons }, ...signers), NOW), invalid)
  // The old admins are anna, bert, carl; the new ones bert, carl, dora; two of each must agree.
  await refused(anna!, bert!)
  await refused(bert!, dora)
  await refused(anna!, dora)
  await refused(carl!)
  await refused(mesh.who('joe'), bert!)
  assert.equal(await mesh.chain.accept(await mesh.nextCharter({ persons }, anna!, bert!, dora), NOW), 'taken')
})

test('the recovery key stands in for the old admins, never for the new ones', async () => {
  const mesh = await makeTestMesh({ recovery: true })
  const [dora, emil] = await Promise.all([makePerson('dora'), makePerson('emil')])
  const others = mesh.charter.persons.filter(({ name }) => name !== 'anna' && name !== 'bert')
  const persons = [...others, charterPerson(dora!, [0, 'admin']), charterPerson(emil!, [0, 'admin'])]
  const next = (...signers: Parameters<typeof mesh.nextCharter>[1][]) =>
    mesh.nextCharter({ persons }, ...signers)
  await assert.rejects(mesh.chain.accept(await next(mesh.recovery!), NOW), invalid)
  await assert.rejects(mesh.chain.accept(await next(dora!, emil!), NOW), invalid)
  await assert.rejects(mesh.chain.accept(await next(mesh.recovery!, dora!), NOW), invalid)
  assert.equal(await mesh.chain.accept(await next(mesh.recovery!, dora!, emil!), NOW), 'taken')
})

test('a recovery key that is revoked recovers nothing', async () => {
  const mesh = await makeTestMesh({ recovery: true })
  const { recovery } = mesh
  await mesh.advance(mesh.revoked('keys', recovery!.key.fingerprint))
  const dora = await makePerson('dora')
  const persons = [charterPerson(dora, [0, 'admin'])]
  const next = await mesh.nextCharter({ persons, lab: true, adminThreshold: 1 }, recovery!, dora)
  await assert.rejects(mesh.chain.accept(next, NOW), invalid)
})

test('versions go up by one, and a version has one successor', async () => {
  const mesh = await makeTestMesh()
  const [first] = mesh.chain.envelopes()
  const [one, other] = [await mesh.nextCharter({ note: 'one' }), await mesh.nextCharter({ note: 'other' })]
  assert.equal(await mesh.chain.accept(one, NOW), 'taken')
  assert.equal(await mesh.chain.accept(one, NOW), 'known')
  assert.equal(await mesh.chain.accept(first!, NOW), 'known')
  const stale = { code: 'charter-stale' }
  await assert.rejects(mesh.chain.accept(other, NOW), { ...stale, message: /second successor/ })
  await assert.rejects(mesh.chain.accept(await mesh.nextCharter({ version: 4 }), NOW), {
    code: 'charter-newer'
  })
  await assert.rejects(mesh.chain.accept(await mesh.nextCharter({ previous: mesh.mesh }), NOW), stale)
  await mesh.advance()
  await assert.rejects(mesh.chain.accept(other, NOW), { ...stale, message: /older/ })
})

test('two successors that are verified side by side: one is taken', async () => {
  const mesh = await makeTestMesh()
  const [one, other] = [await mesh.nextCharter({ note: 'one' }), await mesh.nextCharter({ note: 'other' })]
  const results = await Promise.allSettled([mesh.chain.accept(one, NOW), mesh.chain.accept(other, NOW)])
  assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  assert.equal(mesh.charter.version, 2)
  const twice = await mesh.nextCharter()
  const both = await Promise.all([mesh.chain.accept(twice, NOW), mesh.chain.accept(twice, NOW)])
  assert.deepEqual(both.sort(), ['known', 'taken'])
})

test('a charter of another mesh is none of ours', async () => {
  const [mesh, other] = [await makeTestMesh(), await makeTestMesh()]
  const wrong = { code: 'wrong-mesh' }
  await assert.rejects(mesh.chain.accept(await other.nextCharter(), NOW), wrong)
  await assert.rejects(mesh.chain.accept(other.chain.current.envelope, NOW), wrong)
})

test('an expired charter accepts a successor', async () => {
  const mesh = await makeTestMesh({ expires: NOW + HOUR })
  assert.ok(!mesh.chain.isExpired(NOW + HOUR))
  assert.ok(mesh.chain.isExpired(NOW + HOUR + 1))
  const late = { issued: at(DAY), expires: at(2 * DAY) }
  assert.equal(await mesh.chain.accept(await mesh.nextCharter(late), NOW + DAY), 'taken')
})

test('a version is issued after the one before it, and not in the future', async () => {
  const mesh = await makeTestMesh()
  await assert.rejects(mesh.chain.accept(await mesh.nextCharter({ issued: at(-2 * HOUR) }), NOW), invalid)
  const future = await mesh.nextCharter({ issued: at(HOUR) })
  const early = NOW + HOUR - LIMITS.clockSkewMs
  await assert.rejects(mesh.chain.accept(future, early - 1), { code: 'not-yet-valid' })
  assert.equal(await mesh.chain.accept(future, early), 'taken')
})

test('an admin’s key that expires later breaks no chain, one that had expired at the issue signs nothing', async () => {
  const brief = await makePerson('brief', NOW + HOUR)
  const mesh = await makeTestMesh({ persons: three, adminThreshold: 2 })
  const persons = [...mesh.charter.persons.slice(2), charterPerson(brief, [0, 'admin'])]
  const [bert, carl] = [mesh.who('bert'), mesh.who('carl')]
  const early = await mesh.nextCharter({ persons, issued: at(0) }, bert, carl, brief)
  assert.equal(await mesh.chain.accept(early, NOW + DAY), 'taken')
  const late = await mesh.nextCharter({ issued: at(2 * HOUR) }, carl, brief)
  await assert.rejects(mesh.chain.accept(late, NOW + DAY), invalid)
})

test('rules of the house and the names of keys are judged whoever signed', async () => {
  const mesh = await makeTestMesh()
  const refused = async (change: Partial<Charter>) =>
    assert.rejects(mesh.chain.accept(await mesh.nextCharter(change), NOW), invalid)
  await refused({ adminThreshold: 1 })
  const joe = mesh.charter.persons.find(({ name }) => name === 'joe')!
  const false_ = {
    ...joe,
    name: 'jim',
    keys: [{ fingerprint: 'a'.repeat(40), key: toBase64(mesh.who('joe').key.bytes) }]
  }
  await refused({ persons: [...mesh.charter.persons, false_] })
})

test('a person is in force until revoked', async () => {
  const mesh = await makeTestMesh()
  const { fingerprint } = mesh.who('joe').key
  assert.equal(mesh.chain.person(fingerprint)?.name, 'joe')
  assert.equal(mesh.chain.person('a'.repeat(40)), undefined)
  await mesh.advance(mesh.revoked('persons', 'joe'))
  assert.equal(mesh.chain.person(fingerprint), undefined)
})

test('tag keys that an expression would read as facts are refused', async () => {
  const mesh = await makeTestMesh()
  for (const topicKeys of [['hostname'], ['os'], ['not']])
    await assert.rejects(async () => mesh.nextCharter({ topicKeys }), { code: 'bad-params' })
})
