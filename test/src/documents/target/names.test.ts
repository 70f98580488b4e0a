import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { evaluateTarget } from '../../../../src/documents/target/evaluate.ts'
import { idsNamed, namesUsed } from '../../../../src/documents/target/names.ts'
import { parseTarget } from '../../../../src/documents/target/parse.ts'
import { anyHost, anyTarget, PEERS } from './arbitrary.ts'

test('names are told apart as tags and facts, each once and sorted', () => {
  assert.deepEqual(namesUsed(parseTarget('role=a and not (os=b or env in (c) and role=d) and ip in ::/0')), {
    tags: ['env', 'role'],
    facts: ['ip', 'os']
  })
  assert.deepEqual(namesUsed(parseTarget('all')), { tags: [], facts: [] })
})

test('ids bound a target only where nobody else can be named', () => {
  const [a, b] = PEERS as [string, string]
  const bound = (text: string) => idsNamed(parseTarget(text))
  assert.deepEqual(bound(`id=${a}`), [a])
  assert.deepEqual(bound(`id in (${b}, ${a}, ${b})`), [a, b].sort())
  assert.deepEqual(bound(`id=${a} and role=web`), [a])
  assert.deepEqual(bound(`id in (${a}, ${b}) and id=${b}`), [b])
  assert.deepEqual(bound(`id=${a} or id=${b}`), [a, b].sort())
  for (const text of ['all', 'role=web', `id=${a} or role=web`, `not id=${a}`, `id!=${a}`, `id~"${a}"`])
    assert.equal(bound(text), undefined, text)
})

test('a host outside of the ids is never named', () => {
  let bounded = 0
  fc.assert(
    fc.property(anyTarget, anyHost, (target, host) => {
      const ids = idsNamed(target)
      if (ids === undefined) return
      bounded++
      if (!ids.includes(host.peer)) assert.equal(evaluateTarget(target, host), false)
    }),
    { numRuns: 3_000 }
  )
  assert.ok(bounded > 50)
})
