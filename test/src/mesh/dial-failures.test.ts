import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GumshoeError } from '../../../src/errors.ts'
import { DialFailures } from '../../../src/mesh/dial-failures.ts'

test('a refusal of a hub is told once a code, what can not be reached only to who looks closely', () => {
  const told: unknown[][] = []
  const failures = new DialFailures(
    (level, event, fields) => void told.push([level, event, fields?.['by'], fields?.['code']]),
    peer => peer.startsWith('hub')
  )
  const refused = new GumshoeError('revoked', 'Out.')
  failures.failed('hub-1', new GumshoeError('unreached', 'Nobody there.'))
  failures.failed('hub-1', refused)
  failures.failed('hub-1', refused)
  failures.failed('hub-2', refused)
  failures.failed('agent', refused)
  failures.failed('hub-1', new GumshoeError('cloned', 'Another machine.'))
  assert.deepEqual(
    told.filter(([level]) => level !== 'debug'),
    [
      ['warn', 'refused', 'hub-1', 'revoked'],
      ['warn', 'refused', 'hub-2', 'revoked'],
      ['warn', 'refused', 'hub-1', 'cloned']
    ]
  )
  assert.equal(told.filter(([level]) => level === 'debug').length, 6)
})
