import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LIMITS } from '../../../../src/limits.ts'
import { checkAttachments } from '../../../../src/trust/checks/attachments.ts'
import { stops } from '../../../support/stops.ts'

const says = (...lists: unknown[]) =>
  stops(() => checkAttachments({ operations: [{ id: 'o1', module: 'file/1', params: { lists } as never }] }))
const named = (i: number) => ({ attachment: String(i).repeat(64), bytes: 9 })

test('an action names few attachments, in their form', async () => {
  assert.equal(await says(), 'passes')
  const all = Array.from({ length: LIMITS.attachments + 1 }, (_, i) => named(i))
  assert.equal(await says(...all.slice(1)), 'passes')
  assert.equal(await says(...all), 'ignore too-large')
  assert.equal(await says({ ...named(1), bytes: 'many' }), 'ignore bad-params')
})
