import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { evaluateTarget } from '../../../../src/documents/target/evaluate.ts'
import { parseTarget } from '../../../../src/documents/target/parse.ts'
import { conjunctsOf, countTags, topicsOf } from '../../../../src/documents/target/topics.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { vectors } from '../../../vectors.ts'
import { anyHost, anyTarget, TAG_KEYS } from './arbitrary.ts'

test('every vector is published on its topics', () => {
  for (const { target, topics, counts } of vectors<
    { target: string; topics: string[]; counts?: Record<string, number> }[]
  >('target/topics.json'))
    assert.deepEqual(
      topicsOf(parseTarget(target), ['role', 'env'], new Map(Object.entries(counts ?? {}))),
      topics,
      target
    )
})

test('every host that a target names is subscribed to one of its topics, whatever is counted', () => {
  const keys = fc.subarray(TAG_KEYS)
  const counts = fc.dictionary(fc.constantFrom('role=a', 'role=b', 'env=a', 'team=c'), fc.nat(9))
  let named = 0
  let narrow = 0
  fc.assert(
    fc.property(
      anyTarget,
      fc.array(anyHost, { minLength: 5, maxLength: 5 }),
      keys,
      counts,
      (target, hosts, topicKeys, known) => {
        const topics = topicsOf(target, topicKeys, new Map(Object.entries(known)))
        assert.ok(topics.length <= LIMITS.conjuncts)
        for (const host of hosts) {
          if (!evaluateTarget(target, host)) continue
          named++
          if (!topics.includes('all')) narrow++
          const subscribed = [
            'all',
            ...host.tags.filter(tag => topicKeys.includes(tag.slice(0, tag.indexOf('='))))
          ]
          assert.ok(
            topics.some(topic => subscribed.includes(topic)),
            `${topics} reach no ${subscribed}`
          )
        }
      }
    ),
    { numRuns: 3_000 }
  )
  assert.ok(
    named > 1_000 && narrow > 200,
    `the property was vacuous: ${named} named, ${narrow} on narrow topics`
  )
})

test('disjunctions that would explode end soon', () => {
  const factor = `(${Array.from({ length: 8 }, (_, i) => `role=a${i} and env=b${i}`).join(' or ')})`
  const text = Array.from({ length: 20 }, () => factor)
    .join(' and ')
    .slice(0, 4_000)
  const target = parseTarget(text.slice(0, text.lastIndexOf(') and (') + 1))
  assert.ok(conjunctsOf(target, ['role', 'env']).length <= LIMITS.conjuncts)
})

test('tags are counted by the hosts that carry them', () => {
  const counts = countTags([{ tags: ['env=prod', 'role=web'] }, { tags: ['env=prod'] }, { tags: [] }])
  assert.deepEqual(
    [...counts],
    [
      ['env=prod', 2],
      ['role=web', 1]
    ]
  )
})
