import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { actionOf } from '../../../console/answers/case-file.ts'
import { toBase64, utf8Bytes } from '../../../src/codec.ts'
import { encodeBodies } from '../../../src/documents/body.ts'
import { decodeEnvelope, encodeEnvelope } from '../../../src/documents/envelope.ts'
import { makeSealKey } from '../../../src/trust/seal.ts'
import { fileRow, question, TestCase } from '../../support/case.ts'
import { makeTestMesh, type TestAgent, type TestMesh } from '../../support/mesh.ts'

let mesh: TestMesh
let one: TestAgent
let two: TestAgent
before(async () => {
  mesh = await makeTestMesh()
  ;[one, two] = await Promise.all([mesh.enrol(), mesh.enrol()])
})

const make = () => new TestCase(mesh, question({ path: ['/etc'], name: ['passwd'] }, 'all'))

test('an answer is opened, its parts joined in order, whatever the order in which they came', () => {
  const asked = make()
  const rows = Array.from({ length: 60 }, (_, i) => fileRow(`/etc/${i}`))
  const parts = asked.answer(one, { found: rows }, { partBytes: 2_000 })
  assert.ok(parts.length > 3)
  const file = asked.file(one)
  for (const part of [...parts].reverse()) assert.equal(file.take(part), one.identity.peer)
  const [answer] = file.answers()
  assert.deepEqual([answer!.peer, answer!.op, answer!.body.verdict], [one.identity.peer, 'o1', 'yes'])
  assert.equal(answer!.body.rows.length, 60)
  assert.deepEqual(file.discarded, [])
})

test('many are taken as one by one: the first stands, and what does not hold is told', async () => {
  const asked = make()
  const rows = Array.from({ length: 1_000 }, (_, i) => fileRow(`/etc/${i}`))
  const parts = asked.answer(one, { found: rows }, { partBytes: 1_000 })
  const [other] = asked.answer(two)
  const broken = {
    ...other!,
    envelope: encodeEnvelope({ ...decodeEnvelope(other!.envelope), signatures: [new Uint8Array(64)] })
  }
  const all = [broken, ...parts, ...parts.slice(0, 3), other!]
  assert.ok(parts.length > 20)
  const [file, single] = [asked.file(one, two), asked.file(one, two)]
  await file.takeAll(all)
  for (const parcel of all) single.take(parcel)
  assert.deepEqual(file.answers(), single.answers())
  assert.deepEqual(
    file
      .answers()
      .map(({ peer }) => peer)
      .sort(),
    [one, two].map(({ identity }) => identity.peer).sort()
  )
  assert.deepEqual(file.discarded, single.discarded)
  assert.equal(file.discarded[0]!.code, 'bad-signature')
})

test('an answer counts only once every part is there', () => {
  const asked = make()
  const parts = asked.answer(
    one,
    { found: Array.from({ length: 60 }, (_, i) => fileRow(`/etc/${i}`)) },
    { partBytes: 2_000 }
  )
  const file = asked.file(one)
  for (const part of parts.slice(0, -1)) file.take(part)
  assert.deepEqual(file.answers(), [])
  file.take(parts.at(-1)!)
  assert.equal(file.answers().length, 1)
})

test('parts that do not follow one another are no answer, whatever their number', () => {
  const asked = make()
  const body = encodeBodies({ state: 'done', verdict: 'yes', rows: [] })[0]!
  const file = asked.file(one)
  file.take(asked.part(one, body, { op: 'o1', part: 1, last: true }))
  file.take(asked.part(one, body, { op: 'o1', part: 5, last: false }))
  assert.deepEqual(file.answers(), [])
})

test('what does not hold is told by its code and counts for nothing', () => {
  const asked = make()
  const [good] = asked.answer(one)
  const [other] = asked.answer(two)
  const file = asked.file(one, two)
  const stranger = makeSealKey()
  file.take({ envelope: good!.envelope, body: other!.body! })
  file.take({ envelope: good!.envelope })
  file.take({ envelope: utf8Bytes('garbage'), body: good!.body! })
  const { bytes } = decodeEnvelope(good!.envelope)
  file.take({
    envelope: encodeEnvelope({ bytes, signatures: decodeEnvelope(other!.envelope).signatures }),
    body: good!.body!
  })
  for (const parcel of asked.answer(two, {}, { action: 'f'.repeat(64) })) file.take(parcel)
  for (const parcel of asked.answer(two, {}, { sealTo: toBase64(stranger.publicKey) })) file.take(parcel)
  assert.deepEqual(file.answers(), [])
  assert.deepEqual(
    file.discarded.map(({ code }) => code),
    ['bad-signature', 'malformed', 'malformed', 'bad-signature', 'bad-signature', 'malformed']
  )
  assert.equal(file.take(good!), one.identity.peer, 'none of it stands in the way of the true answer')
})

test('a second run of a host does not replace its first answer', () => {
  const asked = make()
  const first = asked.answer(one, { verdict: 'no' })
  const second = asked.answer(one, { found: [fileRow('/etc/passwd')] })
  const file = asked.file(one)
  for (const parcel of [...first, ...second, ...first]) file.take(parcel)
  assert.equal(file.answers()[0]!.body.verdict, 'no')
  assert.deepEqual(file.discarded, [{ agent: one.identity.peer, code: 'known' }])
})

test('a stranger waits until his membership is known, and is told meanwhile', () => {
  const asked = make()
  const file = asked.file(one)
  for (const parcel of asked.answer(two)) assert.equal(file.take(parcel), undefined)
  assert.deepEqual([file.answers(), file.strangers], [[], [two.identity.peer]])
  assert.deepEqual(file.discarded, [{ agent: two.identity.peer, code: 'not-a-member' }])
  file.admit(new Set([one.identity.peer, two.identity.peer]))
  assert.deepEqual([file.answers().length, file.strangers, file.discarded], [1, [], []])
})

test('a flood of strangers and of parts is bounded', () => {
  const asked = make()
  const file = asked.file(one)
  const [parcel] = asked.answer(two)
  for (let i = 0; i < 1_000; i++) file.take(parcel!)
  assert.equal(file.strangers.length, 256)
  for (let part = 0; part < 80; part++)
    file.take(asked.part(one, utf8Bytes('x'), { op: 'o1', part, last: false }))
  assert.ok(
    file.discarded.some(({ code }) => code === 'malformed'),
    'what is no body is no part'
  )
})

test('an action is read back from its envelope', async () => {
  const asked = make()
  assert.deepEqual(actionOf((await asked.open([], [])).envelope), asked.composed.action)
})
