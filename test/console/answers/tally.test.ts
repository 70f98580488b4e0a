import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { HostAnswer } from '../../../console/answers/case-file.ts'
import { tally } from '../../../console/answers/tally.ts'
import { STATES, VERDICTS } from '../../../src/documents/vocabulary.ts'

const answer = (peer: string, op: string, body: Partial<HostAnswer['body']>): HostAnswer => ({
  peer,
  op,
  time: 0,
  body: { state: 'done', rows: [], ...body }
})

test('every targeted host and everyone who answered stands in exactly one state, whatever came', () => {
  const peers = ['a', 'b', 'c', 'd', 'e']
  const anAnswer = fc.record({
    peer: fc.constantFrom(...peers),
    op: fc.constantFrom('o1', 'o2'),
    time: fc.nat(),
    body: fc.record({
      state: fc.constantFrom(...STATES),
      verdict: fc.option(fc.constantFrom(...VERDICTS), { nil: undefined }),
      rows: fc.constant<HostAnswer['body']['rows']>([])
    })
  })
  fc.assert(
    fc.property(fc.subarray(peers), fc.array(anAnswer), (targeted, answers) => {
      const { hosts, verdicts, complete } = tally(targeted, answers as unknown as HostAnswer[], ['o1', 'o2'])
      const named = hosts.map(({ peer }) => peer)
      assert.equal(new Set(named).size, named.length)
      assert.deepEqual(new Set(named), new Set([...targeted, ...answers.map(({ peer }) => peer)]))
      for (const { peer, late } of hosts) assert.equal(late, !targeted.includes(peer))
      const said = [...verdicts.yes, ...verdicts.no, ...verdicts.partial]
      assert.equal(new Set(said).size, said.length, 'one verdict a host')
      if (complete) assert.ok(hosts.every(({ state, verdict }) => state === 'done' && verdict !== 'partial'))
    })
  )
})

test('a host with several operations is as bad as its worst state and as good as its best find', () => {
  const one = (...answers: HostAnswer[]) => tally(['a'], answers, ['o1', 'o2']).hosts[0]!
  assert.equal(one(answer('a', 'o1', {})).state, 'running')
  assert.equal(one().state, 'silent')
  const { state, verdict, code } = one(
    answer('a', 'o1', { verdict: 'yes' }),
    answer('a', 'o2', { state: 'refused', code: 'module-off' })
  )
  assert.deepEqual([state, verdict, code], ['refused', 'yes', 'module-off'])
  const partial = one(answer('a', 'o1', { verdict: 'no' }), answer('a', 'o2', { verdict: 'partial' }))
  assert.equal(partial.verdict, 'partial', 'a no needs every operation to say so')
})

test('what a false condition left out speaks neither for nor against; where nobody could say, it is partial', () => {
  const one = (...bodies: Partial<HostAnswer['body']>[]) => {
    const answers = bodies.map((body, i) => answer('a', `o${i}`, body))
    const { verdict, code } = tally(
      ['a'],
      answers,
      [...bodies.keys()].map(i => `o${i}`)
    ).hosts[0]!
    return [verdict, code]
  }
  const notMet = { code: 'not-met' } as const
  assert.deepEqual(one({ verdict: 'no' }, notMet), ['no', undefined])
  assert.deepEqual(one(notMet, { verdict: 'yes' }), ['yes', undefined])
  assert.deepEqual(one(notMet), [undefined, 'not-met'])
  assert.equal(one({ verdict: 'partial' }, { verdict: 'partial', code: 'undecided' })[0], 'partial')
  assert.equal(
    one({ verdict: 'no' }, { ...notMet, verdict: 'yes' })[0],
    'yes',
    'whatever a host says beside it'
  )
})

test('a no holds only where all was looked at, whatever the host says', () => {
  const one = (state: (typeof STATES)[number], verdict: (typeof VERDICTS)[number]) =>
    tally(['a'], [answer('a', 'o1', { state, verdict })], ['o1']).hosts[0]!.verdict
  assert.deepEqual(
    (['done', 'limit', 'interrupted', 'cancelled', 'refused', 'error'] as const).map(state =>
      one(state, 'no')
    ),
    ['no', 'partial', 'partial', 'partial', undefined, undefined]
  )
  assert.equal(one('limit', 'yes'), 'yes')
  const half = [answer('a', 'o1', { verdict: 'no' }), answer('a', 'o2', { state: 'refused', code: 'rate' })]
  assert.equal(tally(['a'], half, ['o1', 'o2']).hosts[0]!.verdict, 'partial')
})

test('coverage adds up over operations', () => {
  const [host] = tally(
    ['a'],
    [
      answer('a', 'o1', { coverage: { seen: 10, unreadable: 1, skipped: 0 } }),
      answer('a', 'o2', { coverage: { seen: 5, unreadable: 0, skipped: 2 } })
    ],
    ['o1', 'o2']
  ).hosts
  assert.deepEqual(host!.coverage, { seen: 15, unreadable: 1, skipped: 2 })
})

test('complete means that everyone was heard and nobody left anything out', () => {
  const done = answer('a', 'o1', { verdict: 'no' })
  assert.equal(tally(['a'], [done], ['o1']).complete, true)
  assert.equal(tally(['a', 'b'], [done], ['o1']).complete, false)
  assert.equal(tally(['a'], [answer('a', 'o1', { verdict: 'partial' })], ['o1']).complete, false)
  assert.equal(tally(['a'], [answer('a', 'o1', { state: 'limit', verdict: 'yes' })], ['o1']).complete, false)
})
