import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { OpenCase } from '../../console/answers/standing.ts'
import { showHost } from '../../console/views/host.ts'
import { resultOf } from '../../console/views/result.ts'
import { showResult } from '../../console/views/result-screen.ts'
import { encodeCbor, utf8Bytes } from '../../src/codec.ts'
import { LIMITS } from '../../src/limits.ts'
import { answerOf, openTestCase, written } from '../support/hostile.ts'
import { makeTestMesh, NOW, type TestAgent, type TestMesh } from '../support/mesh.ts'

/**
 * T3. A rogue host poisons what it answers: terminal escapes, HTML, floods, names of prototypes, columns that stand for the
 * console's own words, lies. Expected: nothing reaches a terminal or a page as more than letters, a flood is cut off and
 * told, a lie is that host's alone. (A bomb in a compressed file is T10: "a bomb is opened up to the cap".)
 */

let mesh: TestMesh
let agents: TestAgent[]
before(async () => {
  mesh = await makeTestMesh()
  agents = await Promise.all([mesh.enrol(), mesh.enrol()])
})

const done = (rows: unknown[], more: Record<string, unknown> = {}): Uint8Array =>
  encodeCbor({ state: 'done', verdict: 'yes', rows, ...more })

const put = (open: OpenCase, agent: TestAgent, plaintext: Uint8Array, place = {}): string | undefined =>
  open.file.take(answerOf(mesh, agent.identity, plaintext, place))

const codes = (open: OpenCase): string[] => open.file.discarded.map(({ code }) => code)

/** What everybody sees of a case: on a terminal, in a pipe, as JSON Lines, and each host by itself. */
const screens = (open: OpenCase): { text: string; json: string } => {
  const result = resultOf(open, 'a1', {}, NOW)
  const all = (how: { terminal: boolean; json: boolean }) =>
    written(how, output => {
      showResult(result, output)
      for (const host of result.tally.hosts) showHost(result, host, undefined, output)
    })
  return {
    text: all({ terminal: true, json: false }) + all({ terminal: false, json: false }),
    json: all({ terminal: false, json: true })
  }
}

const POISON = '\x1b]0;owned\x07\x1b[2J\u202etxt.exe\u2066\x9b31m\r\n<script>alert(1)</script>\u0000\u200b'
/** What a terminal acts on, or an eye does not see. */
const HARMFUL = /[^\P{C}\n\t]|[\u2028\u2029]/u

test('escapes, direction marks and HTML in all that a host may word are shown harmless', () => {
  const open = openTestCase(mesh, agents)
  const clear = { path: utf8Bytes(`/srv/${POISON}`), owner: POISON, group: utf8Bytes(POISON), mode: POISON }
  const poisoned = { counts: { [POISON]: 1 }, errors: { [POISON]: 1 }, message: POISON }
  assert.ok(
    put(open, agents[0]!, done([{ search: POISON, ...clear, [`x.${'y'.repeat(40)}`]: POISON }], poisoned))
  )
  assert.ok(
    put(open, agents[1]!, encodeCbor({ state: 'error', code: 'internal', message: POISON, rows: [] }))
  )
  const { text, json } = screens(open)
  assert.ok(text.includes('\\x1b]0;owned') && text.includes('<script>'), 'the names are there, as letters')
  assert.doesNotMatch(text, HARMFUL)
  assert.doesNotMatch(json, HARMFUL)
  assert.doesNotMatch(json, /[<>]/)
  const rows = json.split('\n').filter(line => line.includes('"type":"row"'))
  assert.ok(
    rows.every(row => JSON.parse(row).owner === POISON),
    'JSON holds the very value'
  )
})

test('a code is a code: an answer with another is none', () => {
  const open = openTestCase(mesh, agents)
  const body = { state: 'refused', code: '\x1b[2Jquorum', rows: [] }
  assert.equal(put(open, agents[0]!, encodeCbor(body)), undefined)
  assert.deepEqual(codes(open), ['malformed'])
  assert.match(screens(open).text, /DISCARDED 1 answer that does not hold: malformed/)
})

test('too many rows in one part, over all parts, and too many parts are told and not counted', () => {
  const many = (count: number) => done(Array.from({ length: count }, () => ({})))
  const open = openTestCase(mesh, agents)
  assert.ok(put(open, agents[1]!, done([{ mode: 'honest' }])))

  assert.equal(put(open, agents[0]!, many(LIMITS.rowsMax + 1)), undefined)
  assert.deepEqual(codes(open), ['malformed'])

  const half = many(LIMITS.rowsMax / 2 + 1)
  for (const part of [0, 1]) put(open, agents[0]!, half, { part, seq: part + 2, last: part === 1 })
  assert.deepEqual(codes(open), ['malformed', 'too-large'])
  assert.deepEqual(
    open.file.answers().map(({ peer }) => peer),
    [agents[1]!.identity.peer]
  )
  assert.match(screens(open).text, /DISCARDED 2 /)

  const parts = openTestCase(mesh, agents)
  for (let part = 0; part < 200; part++)
    put(parts, agents[0]!, done([{ mode: `${part}` }]), { part, seq: part + 1, last: part === 199 })
  assert.deepEqual(new Set(codes(parts)), new Set(['too-large']))
  assert.equal(codes(parts).length, 200 - 64)
  assert.deepEqual(parts.file.answers(), [])
})

test('answers to operations that nobody asked for are bounded', () => {
  const open = openTestCase(mesh, agents)
  for (let i = 1; i <= 100; i++) put(open, agents[0]!, done([{ mode: `${i}` }]), { op: `o${i}`, seq: i })
  assert.equal(open.file.answers().length, LIMITS.operations)
  assert.deepEqual(
    [codes(open).length, new Set(codes(open))],
    [100 - LIMITS.operations, new Set(['too-large'])]
  )
})

test('reasons and strangers are kept in bounds, whatever a node sends', async () => {
  const open = openTestCase(mesh, agents)
  const stranger = await mesh.enrol()
  const foreign = answerOf(mesh, stranger.identity, done([]))
  for (let i = 0; i < 1_000; i++) open.file.take(foreign)
  for (let i = 0; i < 3_000; i++) open.file.take({ envelope: new Uint8Array([i & 0xff, i >> 8]) })
  assert.ok(open.file.strangers.length > 0 && open.file.strangers.length < 1_000)
  assert.ok(codes(open).length < 2_000)
  assert.deepEqual(open.file.answers(), [])
})

test('names of prototypes are refused or plain names', () => {
  const open = openTestCase(mesh, agents)
  // Our own writer refuses the name, so it is written under another of the same length.
  const plain = Buffer.from(done([{ __prot0__: 'x', mode: 'polluted' }]))
  plain.write('__proto__', plain.indexOf('__prot0__'))
  assert.equal(put(open, agents[0]!, new Uint8Array(plain)), undefined)
  assert.deepEqual(codes(open), ['malformed'])
  assert.ok(put(open, agents[1]!, done([{ constructor: 'x', toString: 'y', hasOwnProperty: 1 }])))
  const { json } = screens(open)
  assert.match(json, /"toString":"y"/)
  assert.equal(({} as Record<string, unknown>)['mode'], undefined)
  assert.equal(typeof {}.toString, 'function')
})

test('a column that is called like the console’s own words does not stand for them', () => {
  const open = openTestCase(mesh, agents)
  const [rogue, victim] = agents.map(({ identity }) => identity.peer)
  const row = {
    host: victim!,
    hosts: victim!,
    type: 'summary',
    op: 'o9',
    action: 'x',
    v: 7,
    name: 'v99',
    mode: 'm'
  }
  assert.ok(put(open, agents[0]!, done([row])))
  const said = screens(open)
    .json.split('\n')
    .filter(line => line.includes('"mode":"m"'))
    .map(line => JSON.parse(line))
  assert.deepEqual(new Set(said.map(({ type }) => type)), new Set(['value', 'row']))
  for (const line of said) {
    assert.equal(line.v, 1)
    assert.equal(line.op, 'o1')
    if (line.type === 'row') assert.equal(line.host.id, rogue)
    else assert.deepEqual([line.name, line.hosts.map(({ id }: { id: string }) => id)], ['v1', [rogue]])
  }
})

test('numbers beyond every calendar are shown', () => {
  const open = openTestCase(mesh, agents)
  const rows = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 8.64e15, -8.64e15].map((mtime, size) => ({
    mtime,
    size
  }))
  const coverage = { seen: Number.MAX_SAFE_INTEGER, unreadable: 0, skipped: 0 }
  assert.ok(put(open, agents[0]!, done(rows, { coverage })))
  const { text } = screens(open)
  assert.match(text, new RegExp(`${Number.MAX_SAFE_INTEGER}`))
})

test('a body that is not its header’s is discarded, and the true one is taken afterwards', () => {
  const open = openTestCase(mesh, agents)
  const [one, two] = agents.map(({ identity }) => answerOf(mesh, identity, done([{ mode: identity.peer }])))
  const flipped = Uint8Array.from(one!.body!)
  flipped[50]! ^= 1
  for (const body of [two!.body!, flipped, one!.body!.subarray(1), new Uint8Array()])
    assert.equal(open.file.take({ envelope: one!.envelope, body }), undefined)
  assert.equal(open.file.take({ envelope: one!.envelope }), undefined)
  assert.deepEqual(codes(open), [
    'bad-signature',
    'bad-signature',
    'bad-signature',
    'bad-signature',
    'malformed'
  ])
  assert.equal(open.file.take(one!), agents[0]!.identity.peer)
  assert.equal(open.file.answers().length, 1)
})

test('a host that answers twice and differently is told; its first answer stands', () => {
  const open = openTestCase(mesh, agents)
  const { identity } = agents[0]!
  const first = answerOf(mesh, identity, encodeCbor({ state: 'done', verdict: 'no', rows: [] }))
  assert.ok(open.file.take(first))
  assert.ok(open.file.take(first), 'the same again, by another node, is no second answer')
  assert.deepEqual(codes(open), [])
  // Once at the next place of its chain, once at the very same place.
  for (const seq of [2, 1]) put(open, agents[0]!, done([{ mode: 'lie' }]), { seq })
  assert.deepEqual(codes(open), ['known', 'known'])
  assert.deepEqual(
    open.file.answers().map(({ body }) => [body.verdict, body.rows.length]),
    [['no', 0]]
  )
  assert.match(screens(open).text, /DISCARDED 2 answers that do not hold: known 2/)
})

test('a lie is one host’s alone: it changes neither the sum nor what the others say', () => {
  const open = openTestCase(mesh, agents)
  assert.ok(put(open, agents[0]!, done([{ mode: 'a' }])))
  const honest = encodeCbor({
    state: 'done',
    verdict: 'no',
    rows: [],
    coverage: { seen: 9, unreadable: 0, skipped: 0 }
  })
  assert.ok(put(open, agents[1]!, honest))
  const { tally } = resultOf(open, 'a1', {}, NOW)
  assert.deepEqual(tally.verdicts, {
    yes: [agents[0]!.identity.peer],
    no: [agents[1]!.identity.peer],
    partial: []
  })
  assert.equal(tally.hosts.length, 2)
})
