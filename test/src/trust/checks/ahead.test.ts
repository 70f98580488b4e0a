import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { decodeEnvelope } from '../../../../src/documents/envelope.ts'
import { read } from '../../../../src/documents/read.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { checkAhead } from '../../../../src/trust/checks/ahead.ts'
import { at, makeTestMesh, SECOND, type TestMesh } from '../../../support/mesh.ts'
import { stops } from '../../../support/stops.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

test('it is signed at most the longest window before it begins, by each who signed', async () => {
  const judged = async (from: number) => {
    const change = { validFrom: at(from), expires: at(from + SECOND) }
    const { bytes, signatures } = decodeEnvelope((await mesh.signAction(change, 'joe', 'sonia')).raw)
    const signers = signatures.map(signature => ({ signature }))
    return stops(() => checkAhead(read(bytes, 'gumshoe/action/1'), signers))
  }
  assert.equal(await judged(-LIMITS.windowMaxMs), 'passes')
  assert.equal(await judged(LIMITS.windowMaxMs), 'passes')
  assert.equal(await judged(LIMITS.windowMaxMs + SECOND), 'ignore window')
})
