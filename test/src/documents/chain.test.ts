import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AnswerHeader, Dropped } from '../../../src/documents/answer.ts'
import { type Link, viewChain } from '../../../src/documents/chain.ts'
import { documentId } from '../../../src/documents/envelope.ts'
import { write } from '../../../src/documents/write.ts'
import { PEERS } from './target/arbitrary.ts'

const linkOf = (document: AnswerHeader | Dropped): Link => ({ id: documentId(write(document)), document })

const answer = (seq: number, prev: string | undefined, op = 'o1', agent = PEERS[0]!): Link =>
  linkOf({
    kind: 'gumshoe/answer/1',
    mesh: 'a'.repeat(64),
    action: 'b'.repeat(64),
    op,
    agent,
    seq,
    ...(prev === undefined ? {} : { prev }),
    time: 1_000,
    part: 0,
    last: true,
    charter: 1,
    digest: new Uint8Array(32),
    length: 1024,
    commit: new Uint8Array(32)
  })

const drop = (seq: number, prev: string): Link =>
  linkOf({
    kind: 'gumshoe/dropped/1',
    mesh: 'a'.repeat(64),
    agent: PEERS[0]!,
    seq,
    prev,
    dropped: 'd'.repeat(64),
    action: 'b'.repeat(64),
    time: 1_000
  })

const chain = (length: number, op = 'o1'): Link[] => {
  const links: Link[] = []
  for (let seq = 1; seq <= length; seq++) links.push(answer(seq, links.at(-1)?.id, op))
  return links
}

test('a whole chain is whole in any order, with repetitions, and with dropped answers said', () => {
  const links = chain(4)
  links.push(drop(5, links[3]!.id))
  links.push(answer(6, links[4]!.id))
  const whole = viewChain(links, { seq: 6, id: links[5]!.id })
  assert.deepEqual(whole, {
    completeTo: 6,
    head: 6,
    dropped: [{ seq: 5, answer: 'd'.repeat(64), action: 'b'.repeat(64) }],
    findings: []
  })
  fc.assert(
    fc.property(fc.shuffledSubarray([...links, ...links], { minLength: 12 }), shuffled =>
      assert.deepEqual({ ...viewChain(shuffled), dropped: whole.dropped }, whole)
    )
  )
  assert.deepEqual(viewChain([]), { completeTo: 0, head: 0, dropped: [], findings: [] })
})

test('withheld answers are a gap, in the middle, at the start and below the head that presence names', () => {
  const links = chain(6)
  const without = (...seqs: number[]) => links.filter(link => !seqs.includes(link.document.seq))
  const middle = viewChain(without(3, 4))
  assert.deepEqual(middle.findings, [{ type: 'gap', from: 3, to: 4 }])
  assert.equal(middle.completeTo, 2)
  assert.deepEqual(viewChain(without(1)).findings, [{ type: 'gap', from: 1, to: 1 }])
  assert.equal(viewChain(without(1)).completeTo, 0)
  const end = viewChain(without(6), { seq: 6, id: links[5]!.id })
  assert.deepEqual(end.findings, [{ type: 'gap', from: 6, to: 6 }])
  assert.equal(end.completeTo, 5)
  const none = viewChain([], { seq: 2, id: links[1]!.id })
  assert.deepEqual(none.findings, [{ type: 'gap', from: 1, to: 2 }])
})

test('two documents at one place are a fork, and so is a head that names a third', () => {
  const links = chain(3)
  const other = answer(3, links[1]!.id, 'o2')
  const forked = viewChain([...links, other])
  assert.deepEqual(forked.findings, [{ type: 'fork', seq: 3, ids: [links[2]!.id, other.id].sort() }])
  assert.equal(forked.completeTo, 2)
  const said = viewChain(links, { seq: 3, id: 'f'.repeat(64) })
  assert.deepEqual(said.findings, [{ type: 'fork', seq: 3, ids: [links[2]!.id, 'f'.repeat(64)].sort() }])
})

test('a swapped, re-linked or foreign answer breaks the chain', () => {
  const links = chain(4)
  const swapped = viewChain([links[0]!, links[1]!, answer(3, links[0]!.id), links[3]!])
  assert.deepEqual(
    swapped.findings.map(finding => [finding.type, 'seq' in finding && finding.seq]),
    [
      ['broken', 3],
      ['broken', 4]
    ]
  )
  assert.equal(swapped.completeTo, 2)
  assert.deepEqual(viewChain([answer(1, 'e'.repeat(64))]).findings[0]!.type, 'broken')
  assert.deepEqual(viewChain([links[0]!, answer(2, undefined)]).findings[0]!.type, 'broken')
  assert.deepEqual(
    viewChain([links[0]!, answer(9, undefined)]).findings.map(f => f.type),
    ['gap', 'broken']
  )
  const foreign = answer(2, links[0]!.id, 'o1', PEERS[1])
  assert.deepEqual(viewChain([links[0]!, foreign]).findings, [{ type: 'foreign', id: foreign.id }])
})

test('an answer of another mesh does not belong here', () => {
  const [first, second] = chain(2) as [Link, Link]
  const other = { id: 'f'.repeat(64), document: { ...second.document, mesh: 'b'.repeat(64) } }
  assert.deepEqual(viewChain([first, other]).findings, [{ type: 'foreign', id: other.id }])
})

test('whatever is taken away, changed or forked from a chain is noticed', () => {
  const links = chain(8)
  const other = chain(8, 'o2')
  const head = { seq: 8, id: links[7]!.id }
  fc.assert(
    fc.property(fc.subarray(links), fc.subarray(other), (kept, alien) => {
      const { findings, completeTo } = viewChain([...kept, ...alien], head)
      const honest = kept.length === 8 && alien.length === 0
      assert.equal(findings.length === 0, honest)
      for (let seq = 1; seq <= completeTo; seq++)
        assert.equal([...kept, ...alien].filter(link => link.document.seq === seq).length, 1)
    }),
    { numRuns: 500 }
  )
})

test('a liar who names a far place costs no time', () => {
  const far = answer(Number.MAX_SAFE_INTEGER, 'e'.repeat(64))
  assert.deepEqual(viewChain([far]).findings, [{ type: 'gap', from: 1, to: Number.MAX_SAFE_INTEGER - 1 }])
})
