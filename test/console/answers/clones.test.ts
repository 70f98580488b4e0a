import assert from 'node:assert/strict'
import { test } from 'node:test'
import { speakForTwo, withEarlier } from '../../../console/answers/clones.ts'
import type { KnownHost } from '../../../console/answers/known-host.ts'
import type { Presence } from '../../../src/documents/answer.ts'
import { FACTS, knownHost } from '../../support/case.ts'
import { DAY, HOUR, NOW } from '../../support/mesh.ts'

const head = (seq: number, id = `${seq}`) => ({ seq, id })
const presence = (counter: number, change: Partial<Presence> = {}): Presence =>
  ({ counter, time: NOW, state: 'up', ...change }) as Presence

test('a chain that gets shorter, or is another one, is of a second machine', () => {
  const two: [before: Partial<Presence>, after: Partial<Presence>][] = [
    [{ head: head(9) }, { head: head(8) }],
    [{ head: head(9, 'a') }, { head: head(9, 'b') }],
    [{ head: head(9) }, {}]
  ]
  for (const [before, after] of two) {
    assert.equal(speakForTwo([presence(1, before), presence(2, after)]), true)
    assert.equal(speakForTwo([presence(2, after), presence(1, before)]), true, 'in whatever order it came')
  }
  const one: [before: Partial<Presence>, after: Partial<Presence>][] = [
    [{ head: head(8) }, { head: head(9) }],
    [{ head: head(9) }, { head: head(9) }],
    [{}, { head: head(1) }],
    [{ head: head(9) }, { head: head(8), state: 'rolled-back' }]
  ]
  for (const [before, after] of one)
    assert.equal(speakForTwo([presence(1, before), presence(2, after)]), false)
})

const at = (address: string, change: Partial<KnownHost> = {}): KnownHost =>
  knownHost(
    'web-01',
    { peer: 'p', tags: [] },
    { facts: { ...FACTS, hostname: 'web-01', addresses: [address] }, ...change }
  )
const marked = (before: KnownHost, after: KnownHost, now = NOW): boolean =>
  withEarlier([after], [before], now)[0]!.clonedAt !== undefined

test('one peer id that speaks from two places, or of two chains, from one look to the next is marked for a day', () => {
  const back = { state: 'rolled-back' } as const
  assert.equal(marked(at('10.0.0.1', back), at('10.0.0.2', back)), true)
  assert.equal(marked(at('10.0.0.1', back), at('10.0.0.1', back)), false, 'a restored snapshot')
  assert.equal(marked(at('10.0.0.1'), at('10.0.0.2')), false, 'a host that moved')
  assert.equal(marked(at('10.0.0.1', { head: head(9) }), at('10.0.0.1', { head: head(8) })), true)
  assert.equal(marked(at('10.0.0.1', { head: head(8) }), at('10.0.0.1', { head: head(9) })), false)
  const before = at('10.0.0.1', { clonedAt: NOW - 23 * HOUR })
  assert.equal(marked(before, at('10.0.0.1')), true)
  assert.equal(marked(before, at('10.0.0.1'), NOW + DAY), false)
  assert.deepEqual(withEarlier([at('10.0.0.1')], [], NOW), [at('10.0.0.1')])
})
