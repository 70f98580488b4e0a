import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkMesh } from '../../../../src/trust/checks/mesh.ts'
import { SAMPLES } from '../../../samples.ts'
import { stops } from '../../../support/stops.ts'

test('an action of another mesh is rejected', async () => {
  const action = SAMPLES['gumshoe/action/1']
  assert.equal(await stops(() => checkMesh(action, action.mesh)), 'passes')
  assert.equal(await stops(() => checkMesh(action, 'f'.repeat(64))), 'reject wrong-mesh')
})
