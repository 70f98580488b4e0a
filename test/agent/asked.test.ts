import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sketchOf } from '../../agent/asked.ts'

test('of an operation its module is left; of a reveal also whose values it opens', () => {
  const commitments = ['a'.repeat(32), 'b'.repeat(32)]
  const reveal = { action: 'c'.repeat(64), op: 'o1', module: 'file/1', commitments }
  const sketch = sketchOf([
    { id: 'o1', module: 'file/1', params: { paths: ['/etc'] }, condition: { when: 'found', action: 'x' } },
    { id: 'o2', module: 'reveal/1', params: reveal }
  ])
  assert.deepEqual(sketch, [
    { id: 'o1', module: 'file/1', params: {} },
    { id: 'o2', module: 'reveal/1', params: { ...reveal, commitments: [commitments[0]] } }
  ])
})
