import assert from 'node:assert/strict'
import { test } from 'node:test'
import { samplePpm } from '../../../../src/trust/ceiling.ts'
import { checkCeiling } from '../../../../src/trust/checks/ceiling.ts'
import { SAMPLES } from '../../../samples.ts'
import { TEST_POLICY } from '../../../support/mesh.ts'
import { stops } from '../../../support/stops.ts'

const action = SAMPLES['gumshoe/action/1']
const peer = '12D3KooWEqnTdgDrm7WGUf9UGNQsDQhLaJ9zUbkyFSJtbBnLDQzB'
const ask = (id: string, module: string) => ({ id, module, params: {} })
const says = (ceilingPpm: number, ...modules: string[]) =>
  stops(() =>
    checkCeiling({ ...action, ceilingPpm, operations: modules.map(m => ask(m, m)) }, TEST_POLICY, peer)
  )

test('a host runs what reaches beyond its place in the sample of the day', async () => {
  const place = samplePpm(action.mesh, 'inspect', action.validFrom, peer)
  assert.equal(await says(place, 'file/1'), 'refuse ceiling')
  assert.equal(await says(place + 1, 'file/1'), 'passes')
  assert.equal(await says(1_000_000, 'file/1'), 'passes')
})

test('every operation has its place by its own risk class', async () => {
  const places = (['inspect', 'respond'] as const).map(risk =>
    samplePpm(action.mesh, risk, action.validFrom, peer)
  )
  const [low, high] = [Math.min(...places), Math.max(...places)]
  assert.notEqual(low, high)
  assert.equal(await says(low + 1, 'file/1', 'kill/1'), 'refuse ceiling')
  assert.equal(await says(low + 1, 'kill/1', 'file/1'), 'refuse ceiling')
  assert.equal(await says(high + 1, 'file/1', 'kill/1'), 'passes')
})
