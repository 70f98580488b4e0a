import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codeOf } from '../../src/errors.ts'
import { policy } from '../../src/modules/policy.ts'
import { plant } from '../support/ask-file.ts'
import { askModule } from '../support/ask-module.ts'

/**
 * T19. An investigator signs a document that should hold the hosts, or a host has files that should hold whoever judges it.
 * Expected: circles and bombs are refused by the console and by every host; the rest ends in a verdict, in bounded time.
 */

const variable = (name: string): string => `\${${name}}`

const refused = (document: unknown): void => {
  assert.throws(() => policy.fromFlags({ document: JSON.stringify(document) }, 0), { code: 'bad-params' })
  assert.equal(policy.params.safeParse({ document, only: ['true'] }).success, false, 'and by a host')
}

const raw = (name: string) => ({ object: name, raw: { identifiers: [{ identifier: 'i', value: 'v' }] } })

test('tests that depend on each other in a circle are refused, however long it is', () => {
  for (const length of [1, 2, 256]) {
    const tests = Array.from({ length }, (_, i) => ({
      test: `t${i}`,
      object: 'o',
      if: [`t${(i + 1) % length}`]
    }))
    refused({ objects: [raw('o')], tests })
  }
})

test('import-chains in a circle, or too long, are refused', () => {
  const link = (name: string, next: string[]) => ({
    object: name,
    filecontent: { path: variable('chain_root'), file: 'a', expression: 'b', 'import-chain': next }
  })
  const first = {
    object: 'o',
    filecontent: { path: '/etc', file: 'a', expression: 'b', 'import-chain': ['c0'] }
  }
  const tests = [{ test: 't', object: 'o' }]
  for (const length of [1, 2, 3])
    refused({
      objects: [first, ...Array.from({ length }, (_, i) => link(`c${i}`, [`c${(i + 1) % length}`]))],
      tests
    })
  const many = Array.from({ length: 16 }, (_, i) => `c${i}`)
  refused({ objects: [first, ...many.map(name => link(name, many))], tests })
})

test('variables that hold variables do not grow', async t => {
  const half = variable('a')
  const document = {
    variables: [{ key: 'a', value: half.repeat(100) }],
    objects: [{ object: 'o', filename: { path: `/${half}`, file: '.' } }],
    tests: [{ test: 't', object: 'o' }]
  }
  const { outcome } = await askModule(policy, plant(t), { document: JSON.stringify(document) })
  assert.equal(outcome.found, false)
})

test('expressions that would hold others end here', { timeout: 60_000 }, async t => {
  const root = plant(t, { 'etc/a': `${'a'.repeat(200_000)}!\n`.repeat(5) })
  const bombs = ['(a+)+$', '(a|aa)+$', '(.*a){20}$', '([a-z]+)*b', `${'(a?)'.repeat(20)}${'a'.repeat(20)}b`]
  const document = {
    objects: bombs.map((expression, i) => ({
      object: `o${i}`,
      filecontent: { path: '/etc', file: '.', expression }
    })),
    tests: bombs.map((value, i) => ({ test: `t${i}`, object: `o${i}`, regexp: { value } }))
  }
  const stop = AbortSignal.timeout(20_000)
  const { outcome } = await askModule(policy, root, { document: JSON.stringify(document) }, { signal: stop })
  assert.equal(outcome.limit, undefined)
  for (const bomb of [
    '((a{100}){100}){100}',
    '(?=a)',
    '(a)\\1',
    '('.repeat(1_000),
    `${'('.repeat(500)}a${')*'.repeat(500)}`
  ]) {
    const one = {
      objects: [{ object: 'o', hasline: { path: '/etc', file: '.', expression: bomb } }],
      tests: [{ test: 't', object: 'o' }]
    }
    try {
      policy.fromFlags({ document: JSON.stringify(one) }, 0)
    } catch (error) {
      assert.equal(codeOf(error), 'bad-params', bomb.slice(0, 40))
    }
  }
})

test('a file of a hundred thousand values fills no memory, and is told', async t => {
  const root = plant(t, { 'etc/a': 'k=v\n'.repeat(100_000) })
  const document = {
    objects: [{ object: 'o', filecontent: { path: '/etc', file: '.', expression: '(k)=(v)' } }],
    tests: [{ test: 't', object: 'o', exactmatch: { value: 'w' } }]
  }
  const { rows, outcome } = await askModule(policy, root, {
    document: JSON.stringify(document),
    only: ['unknown']
  })
  assert.deepEqual([rows.length, outcome.errors['limit-facts']], [1, 1])
})

test('no JSON makes the check of a document throw anything but bad-params', () => {
  const seed = {
    variables: [{ key: 'a', value: '/etc' }],
    objects: [raw('o'), { object: 'p', setting: { path: variable('a'), file: '.', key: 'k' } }],
    tests: [
      { test: 't', object: 'o', evr: { operation: '<', value: '1' }, if: ['u'] },
      { test: 'u', object: 'p' }
    ]
  }
  const check = (text: string): void => {
    try {
      policy.fromFlags({ document: text }, 0)
    } catch (error) {
      assert.equal(codeOf(error), 'bad-params', `${text}: ${String(error)}`)
    }
  }
  fc.assert(fc.property(fc.json(), check), { numRuns: 200 })
  const whole = JSON.stringify(seed)
  check(whole)
  const parts = ['"o"', '"__proto__"', '[]', '{}', 'null', '1', '""', '"\\u0000"', '"constructor"']
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(12), fc.constantFrom(...parts), (at, length, part) =>
      check(whole.slice(0, at) + part + whole.slice(at + length))
    ),
    { numRuns: 400 }
  )
  for (const value of ['"o"', '[]', '{}', 'null'])
    for (const match of whole.matchAll(/"[a-z]+"|\[[^[\]]*\]|\{[^{}]*\}/g))
      check(whole.slice(0, match.index) + value + whole.slice(match.index + match[0].length))
  check('['.repeat(100_000))
})
