import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTarget } from '../../../../src/documents/target/parse.ts'
import { checkTarget } from '../../../../src/trust/checks/target.ts'
import { stops } from '../../../support/stops.ts'

const self = { peer: '12D3KooWEqnTdgDrm7WGUf9UGNQsDQhLaJ9zUbkyFSJtbBnLDQzB', tags: ['role=web'] }
const says = (target: string) => stops(() => checkTarget(parseTarget(target), self))

test('the target names this host, or it is not our business', async () => {
  assert.equal(await says('all'), 'passes')
  assert.equal(await says('role=web'), 'passes')
  assert.equal(await says('role=db'), 'ignore not-targeted')
  assert.equal(await says('not role=web'), 'ignore not-targeted')
  assert.equal(await says(`id=${self.peer}`), 'passes')
})
