import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeAction } from '../../../console/admin/describe-action.ts'
import { revealLines, sayReveal } from '../../../console/views/say-reveal.ts'
import { REVEAL } from '../../../src/documents/action.ts'
import { SAMPLES } from '../../samples.ts'

const params = {
  action: 'c'.repeat(64),
  op: 'o1',
  module: 'file/1',
  commitments: ['0'.repeat(32), 'f'.repeat(32)]
}

test('a reveal is said in words, and whole to who co-signs it', () => {
  assert.equal(
    sayReveal({ module: REVEAL, params }),
    'opens 2 dark parts (⟨0000⟩ ⟨ffff⟩) of what hosts answered to file/1 in cccccccccccc'
  )
  const action = {
    ...SAMPLES['gumshoe/action/1'],
    limits: {},
    operations: [{ id: 'o1', module: REVEAL, params }]
  }
  const lines = describeAction(action, 'd'.repeat(64), undefined, () => undefined).join('\n')
  for (const line of revealLines(params)) assert.ok(lines.includes(line), line)
  for (const part of [params.action, ...params.commitments]) assert.ok(lines.includes(part))
  assert.ok(!lines.includes('{'), 'no JSON')
})
