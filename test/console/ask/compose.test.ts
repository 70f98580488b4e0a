import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { compose, missingOf, sayMissing } from '../../../console/ask/compose.ts'
import { fromBase64 } from '../../../src/codec.ts'
import { documentId } from '../../../src/documents/envelope.ts'
import { read } from '../../../src/documents/read.ts'
import { publicOf } from '../../../src/trust/hpke.ts'
import { openNote } from '../../../src/trust/note.ts'
import { question } from '../../support/case.ts'
import { at, HOUR, makeTestMesh, NOW, type TestMesh } from '../../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

const asked = (change = {}, target = 'role in (web, api) and not env=dev', who = 'julien') =>
  compose(
    question({ path: ['/etc'], mtime: ['<7d'] }, target, change),
    mesh.charter,
    mesh.mesh,
    mesh.who(who).key.fingerprint,
    NOW
  )

test('what is signed reads back, names its mesh and charter, and has no relative time in it', () => {
  const { action, bytes, id } = asked({ expiresMs: 2 * HOUR })
  assert.deepEqual(read(bytes, 'gumshoe/action/1'), action)
  assert.equal(id, documentId(bytes))
  assert.deepEqual([action.mesh, action.charter], [mesh.mesh, 1])
  assert.deepEqual([action.validFrom, action.expires], [at(0), at(2 * HOUR)])
  const params = action.operations[0]!.params as { searches: { mtimes: { from: number }[] }[] }
  assert.equal(params.searches[0]!.mtimes[0]!.from, NOW - 168 * HOUR)
  assert.doesNotMatch(new TextDecoder().decode(bytes), /<7d/)
})

test('two questions are never the same action, and each has a sealing key of its own', () => {
  const [a, b] = [asked(), asked()]
  assert.notEqual(a.id, b.id)
  assert.notEqual(a.action.sealTo, b.action.sealTo)
  assert.deepEqual(publicOf(a.sealKey), fromBase64(a.action.sealTo))
})

test('case, title and reason are sealed; the purpose for owners is in clear', () => {
  const note = { case: 'INC-42', title: 'Hunt', reason: 'advisory' }
  const { action, bytes, sealKey } = asked({ note, purpose: 'Security check' })
  const text = new TextDecoder().decode(bytes)
  for (const secret of Object.values(note)) assert.equal(text.includes(secret), false)
  assert.ok(text.includes('Security check'))
  assert.deepEqual(openNote(sealKey, action), note)
  assert.equal(asked().action.note, undefined)
})

test('readers are the asker and the readers; where others must sign, those who could', () => {
  const key = (name: string) => mesh.who(name).key.fingerprint
  assert.deepEqual(asked().action.readers, [key('julien'), key('rita')].sort())
  const clear = asked({ disclosure: 'clear', note: { reason: 'x' } }, 'all', 'joe').action.readers
  assert.deepEqual(clear, ['joe', 'julien', 'rita', 'sonia'].map(key).sort())
})

test('what the policy does not allow is said before anything is signed', () => {
  assert.throws(() => asked({ expiresMs: 400 * HOUR }), { code: 'window', message: /336 h.*400 h/ })
  assert.throws(() => asked({ disclosure: 'clear' }), { code: 'policy', fix: /--reason/ })
  const unknown = [{ id: 'o1', module: 'netstat/1', params: {} }]
  assert.throws(() => asked({ operations: unknown }), { code: 'policy', message: /netstat\/1/ })
})

test('what is missing of a quorum is said in weights and names', () => {
  const clear = asked({ disclosure: 'clear', note: { reason: 'x' } }).action
  assert.equal(missingOf(clear, mesh.charter, ['julien']), undefined)
  const joe = missingOf(clear, mesh.charter, ['joe'])
  assert.deepEqual(joe, {
    more: 'weight 1',
    signed: 'joe (weight 1)',
    could: 'julien (weight 2), sonia (weight 2)'
  })
  assert.equal(
    sayMissing(joe!),
    'missing: weight 1; signed: joe (weight 1); who could sign: julien (weight 2), sonia (weight 2)'
  )
  assert.deepEqual(missingOf(clear, mesh.charter, ['joe', 'joe']), joe)
  const { more, signed } = missingOf(clear, mesh.charter, ['rita'])!
  assert.deepEqual([more, signed], ['weight 2 and 1 person', 'nobody'])
  const revoked = { ...mesh.charter, ...mesh.revoked('persons', 'sonia', 'julien') }
  assert.equal(missingOf(clear, revoked, ['joe'])!.could, 'nobody')
})

test('what reads along is not composed where the charter rates no module as sensitive', () => {
  const policy = {
    ...mesh.charter.policy,
    modules: mesh.charter.policy.modules.filter(({ risk }) => risk !== 'sensitive')
  }
  const charter = { ...mesh.charter, policy }
  const asker = mesh.who('julien').key.fingerprint
  const many = question({ path: ['/etc'], content: Array(65).fill('a') }, 'all')
  assert.throws(() => compose(many, charter, mesh.mesh, asker, NOW), {
    code: 'policy',
    message: /file\/1 at hashed with more than 64 checks about contents/
  })
})
