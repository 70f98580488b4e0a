import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { CaseFile, standingIn } from '../../../console/answers/case-file.ts'
import type { OpenCase } from '../../../console/answers/standing.ts'
import { tally } from '../../../console/answers/tally.ts'
import { LiveRows } from '../../../console/views/live-rows.ts'
import { resultOf } from '../../../console/views/result.ts'
import { type AnswerBody, encodeBodies, joinStanding } from '../../../src/documents/body.ts'
import { LIMITS } from '../../../src/limits.ts'
import type { Parcel } from '../../../src/mesh/sync/ports.ts'
import { fswatch } from '../../../src/modules/fswatch.ts'
import { knownHost, question, TestCase } from '../../support/case.ts'
import { NOW, type TestAgent, type TestMesh } from '../../support/mesh.ts'
import { makeScreen } from '../../support/screen.ts'
import { standingMesh } from '../../support/standing.ts'

let mesh: TestMesh
let one: TestAgent
before(async () => {
  mesh = await standingMesh()
  one = await mesh.enrol()
})

const make = () =>
  new TestCase(
    mesh,
    question({ path: ['/etc'] }, 'all', {
      operations: [
        { id: 'o1', module: 'fswatch/1', params: fswatch.fromFlags({ path: ['/etc'] }, NOW) as never }
      ]
    })
  )

const fileOf = ({ mesh: own, id, composed }: TestCase) =>
  new CaseFile(own.mesh, id, composed.sealKey, new Set([one.identity.peer]), standingIn(composed.action))

const row = (change: string) => ({ change, when: NOW, path: { p: [new Uint8Array(16)] } })
const body = (...changes: string[]): AnswerBody => ({
  state: 'done',
  verdict: changes.length > 0 ? 'yes' : 'no',
  coverage: { seen: 7, unreadable: 0, skipped: 0 },
  counts: { changes: changes.length },
  rows: changes.map(row)
})
const partOf = (asked: TestCase, part: number, said: AnswerBody, last = false): Parcel =>
  asked.part(one, encodeBodies(said)[0]!, { op: 'o1', part, last })

const stateOf = (file: CaseFile) => tally([one.identity.peer], file.answers(), ['o1']).hosts[0]!

test('what stands is running until its last part, counts as found before, and has no "no" before its end', () => {
  const asked = make()
  const file = fileOf(asked)
  assert.equal(stateOf(file).state, 'silent')
  file.take(partOf(asked, 0, body()))
  assert.deepEqual([stateOf(file).state, stateOf(file).verdict], ['running', undefined])
  const [second, third] = [partOf(asked, 1, body('created')), partOf(asked, 2, body('removed'))]
  file.take(third)
  assert.equal(file.answers()[0]!.body.rows.length, 0, 'nothing counts behind a gap')
  file.take(second)
  assert.deepEqual([stateOf(file).state, stateOf(file).verdict], ['running', 'yes'])
  assert.equal(tally([one.identity.peer], file.answers(), ['o1']).complete, false)
  file.take(partOf(asked, 3, { ...body(), state: 'cancelled', code: 'cancelled', verdict: 'yes' }, true))
  assert.deepEqual([stateOf(file).state, stateOf(file).verdict], ['cancelled', 'yes'])
  assert.deepEqual(
    file.answers()[0]!.body.rows.map(({ change }) => change),
    ['created', 'removed']
  )
  assert.deepEqual(file.discarded, [])
})

test('a host that stood and never said its last word is silent when the window has closed', async () => {
  const asked = make()
  const file = fileOf(asked)
  file.take(partOf(asked, 0, body('created')))
  const host = knownHost('web-01', { peer: one.identity.peer, tags: [] })
  const open: OpenCase = { ...(await asked.open([host], [])), file }
  const at = (now: number) => {
    const { state, verdict } = resultOf(open, 'a1', {}, now).tally.hosts[0]!
    return [state, verdict]
  }
  assert.deepEqual(at(NOW), ['running', 'yes'])
  assert.deepEqual(at(NOW + 30 * 86_400_000), ['silent', 'yes'])
})

test('what one part left out stays left out, also where the last one ends well', () => {
  const cut: AnswerBody = { ...body('created'), state: 'limit', code: 'limit-rows', truncated: true }
  const { state, code, truncated, counts, verdict } = joinStanding([body(), cut, body('removed'), body()])
  assert.deepEqual([state, code, truncated, verdict], ['limit', 'limit-rows', true, 'yes'])
  assert.deepEqual(counts, { changes: 2 })
})

test('a host that tells parts without end is heard no further than a node would keep', () => {
  const asked = make()
  const file = fileOf(asked)
  for (let part = 0; part <= LIMITS.standingParts; part++) file.take(partOf(asked, part, body()))
  assert.deepEqual(
    file.discarded.map(({ code }) => code),
    ['too-large']
  )
})

test('rows are shown once, as they come, with host and time, and do nothing to a terminal', async () => {
  const asked = make()
  const file = fileOf(asked)
  const open: OpenCase = {
    ...(await asked.open([knownHost('web-01', { peer: one.identity.peer, tags: [] })], [])),
    file
  }
  const { output, out: text, err: said } = makeScreen()
  const live = new LiveRows(open, () => resultOf(open, 'a1', {}, NOW), output)
  const look = () => live.show(tally([one.identity.peer], file.answers(), ['o1']))
  file.take(partOf(asked, 0, body()))
  look()
  assert.match(said(), /^web-01 stands: 7 seen, 0 unreadable, 0 skipped\n$/)
  file.take(partOf(asked, 1, body('created', '\x1b[2Jremoved')))
  look()
  look()
  const lines = text().trimEnd().split('\n')
  assert.equal(lines.length, 2)
  assert.match(lines[0]!, /^2026-11-24 12:00:00\tweb-01\tcreated\t\/⟨0000⟩$/)
  assert.ok(!text().includes('\x1b'))
  file.take(partOf(asked, 2, { ...body(), errors: { 'path-missing': 1 } }))
  look()
  assert.match(said(), /^web-01 stands: .*; a path that was named is not there$/m)
  file.take(partOf(asked, 3, { ...body(), state: 'limit', code: 'limit-cpu' }, true))
  look()
  assert.match(said(), /web-01 limit \(limit-cpu\)/)
})
