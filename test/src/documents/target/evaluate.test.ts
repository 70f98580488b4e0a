import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { factsSchema, type TargetHost } from '../../../../src/documents/facts.ts'
import { evaluateTarget } from '../../../../src/documents/target/evaluate.ts'
import { parseTarget } from '../../../../src/documents/target/parse.ts'
import { vectors } from '../../../vectors.ts'
import { anyHost, anyTarget } from './arbitrary.ts'

interface Vectors {
  hosts: Record<string, TargetHost>
  cases: { target: string; names: string[] }[]
}

test('every vector names exactly its hosts', () => {
  const { hosts, cases } = vectors<Vectors>('target/evaluate.json')
  for (const host of Object.values(hosts)) if (host.facts) factsSchema.parse(host.facts)
  for (const { target, names } of cases) {
    const parsed = parseTarget(target)
    const named = Object.entries(hosts).filter(([, host]) => evaluateTarget(parsed, host))
    assert.deepEqual(
      named.map(([name]) => name),
      names,
      target
    )
  }
})

test('the laws of not, and, or hold on every host, with values missing or not', () => {
  fc.assert(
    fc.property(anyTarget, anyTarget, anyHost, (a, b, host) => {
      const [x, y] = [evaluateTarget(a, host), evaluateTarget(b, host)]
      assert.equal(evaluateTarget({ type: 'not', part: a }, host), !x)
      assert.equal(evaluateTarget({ type: 'and', parts: [a, b] }, host), x && y)
      assert.equal(evaluateTarget({ type: 'or', parts: [a, b] }, host), x || y)
    })
  )
})

test('tags never come from facts, nor facts from tags', () => {
  const host: TargetHost = { peer: 'p', tags: ['os=linux', 'hostname=web'] }
  assert.equal(evaluateTarget(parseTarget('os=linux'), host), false)
  assert.equal(evaluateTarget(parseTarget('hostname~"*"'), host), false)
})
