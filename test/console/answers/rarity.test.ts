import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { HostAnswer } from '../../../console/answers/case-file.ts'
import { rank } from '../../../console/answers/rarity.ts'
import { utf8Bytes } from '../../../src/codec.ts'
import type { Disclosure } from '../../../src/documents/vocabulary.ts'
import { file } from '../../../src/modules/file.ts'
import { disclose } from '../../../src/trust/commit.ts'
import { fileRow } from '../../support/case.ts'

const ACTION = 'a'.repeat(64)

const answer = (peer: string, paths: readonly string[], level: Disclosure = 'hashed'): HostAnswer => ({
  peer,
  op: 'o1',
  time: 0,
  body: {
    state: 'done',
    verdict: 'yes',
    rows: disclose(
      level,
      file,
      ACTION,
      [],
      paths.map(path => fileRow(path))
    ).rows
  }
})

const PLAIN = ['/etc/cron.d/apt', '/etc/cron.d/logrotate']

for (const level of ['hashed', 'clear'] as const)
  test(`at ${level} the host with what nobody else has is first, and its bits are those of the share`, () => {
    const answers = [
      ...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(peer => answer(peer, PLAIN, level)),
      answer('h', [...PLAIN, '/etc/cron.d/odd'], level)
    ]
    const { of, hosts } = rank(answers, file)
    assert.equal(of, 8)
    assert.deepEqual([hosts[0]!.peer, hosts[0]!.bits], ['h', 3], 'one of eight')
    assert.deepEqual(
      hosts[0]!.rare.map(({ column, hosts: number }) => [column, number]),
      [['path', 1]]
    )
    assert.ok(hosts.slice(1).every(({ bits, rare }) => bits === 0 && rare.length === 0))
  })

test('a name counts once, wherever it lies and however often; only the columns that are wanted', () => {
  const answers = ['a', 'b', 'c'].map(peer => answer(peer, PLAIN))
  const again = answer('d', ['/etc/cron.d/odd', '/etc/cron.d/apt/odd', '/etc/odd/odd'])
  const { hosts } = rank([...answers, again], file)
  assert.deepEqual([hosts[0]!.peer, hosts[0]!.bits, hosts[0]!.rare.length], ['d', 2, 1])
  assert.ok(rank([...answers, again], file, ['owner']).hosts.every(({ bits }) => bits === 0))
  assert.deepEqual(rank([], file), { of: 0, hosts: [] })
})

test('who did not answer is not compared; a host without a find is', () => {
  const refused = { ...answer('z', []), body: { state: 'refused' as const, rows: [] } }
  const notMet = { ...answer('y', []), body: { state: 'done' as const, code: 'not-met' as const, rows: [] } }
  const { of, hosts } = rank([answer('a', PLAIN), answer('b', []), refused, notMet], file)
  assert.equal(of, 2)
  // Each of them is on one of two: cron.d, etc, apt, logrotate, the owner and the group.
  assert.deepEqual(
    hosts.map(({ peer, bits }) => [peer, bits]),
    [
      ['a', 6],
      ['b', 0]
    ]
  )
})

test('whatever rows a host makes up, bits are numbers and never negative, and others lose none by it', () => {
  const cell = fc.oneof(
    fc.integer(),
    fc.boolean(),
    fc.string(),
    fc.uint8Array({ maxLength: 8 }),
    fc.record({ c: fc.uint8Array({ minLength: 16, maxLength: 16 }) }),
    fc.record({ p: fc.array(fc.uint8Array({ minLength: 16, maxLength: 16 }), { maxLength: 4 }) }),
    fc.record({ g: fc.nat() })
  )
  const row = fc.dictionary(fc.constantFrom('path', 'owner', 'size', 'odd column', '__proto__'), cell)
  const honest = [...['a', 'b', 'c'].map(peer => answer(peer, PLAIN)), answer('d', ['/etc/cron.d/odd'])]
  fc.assert(
    fc.property(fc.array(row, { maxLength: 8 }), rows => {
      const liar = { ...answer('z', []), body: { state: 'done' as const, rows } } as unknown as HostAnswer
      const { hosts } = rank([...honest, liar], file)
      assert.equal(hosts.length, 5)
      assert.ok(hosts.every(({ bits }) => Number.isFinite(bits) && bits >= 0))
      const d = hosts.find(({ peer }) => peer === 'd')!
      assert.ok(d.rare.some(({ column }) => column === 'path'))
    }),
    { numRuns: 200 }
  )
})

test('bytes that are no text are compared as they are', () => {
  const odd = (last: number) => [new Uint8Array([...utf8Bytes('/etc/'), 0xff, last])]
  const answers = [1, 1, 1, 2].map((last, i) => ({
    ...answer(`${i}`, []),
    body: { state: 'done' as const, rows: odd(last).map(path => ({ path })) }
  }))
  assert.equal(rank(answers, file).hosts[0]!.peer, '3')
})

test('a liar who claims another’s odd name takes one bit of it, and hides it among three only', () => {
  const odd = [...PLAIN, '/etc/cron.d/odd']
  const among = (count: number) => {
    const plain = Array.from({ length: count - 2 }, (_, i) => answer(`p${i}`, PLAIN))
    const alone = rank([...plain, answer('l', PLAIN), answer('h', odd)], file)
    const { hosts } = rank([...plain, answer('l', odd), answer('h', odd)], file)
    const of = (all: typeof hosts) => all.find(({ peer }) => peer === 'h')!
    assert.ok(Math.abs(of(alone.hosts).bits - of(hosts).bits - 1) < 1e-9)
    return of(hosts).rare.length
  }
  assert.deepEqual([among(100), among(4), among(3)], [1, 1, 0])
})
