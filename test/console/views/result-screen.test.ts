import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { KnownHost } from '../../../console/answers/known-host.ts'
import type { OpenCase } from '../../../console/answers/standing.ts'
import { LINES, type LineType } from '../../../console/views/lines.ts'
import { resultOf } from '../../../console/views/result.ts'
import { showResult, summaryLines } from '../../../console/views/result-screen.ts'
import { utf8Bytes } from '../../../src/codec.ts'
import { fileRow, knownHost, question, TestCase } from '../../support/case.ts'
import { makeTestMesh, NOW, type TestAgent, type TestMesh } from '../../support/mesh.ts'
import { makeScreen } from '../../support/screen.ts'

let mesh: TestMesh
let agents: TestAgent[]
before(async () => {
  mesh = await makeTestMesh()
  agents = await Promise.all(Array.from({ length: 10 }, () => mesh.enrol(['role=web'])))
})

const known = (i: number, change: Partial<KnownHost> = {}): KnownHost =>
  knownHost(`web-0${i}`, { peer: agents[i]!.identity.peer, tags: ['role=web'] }, change)

const MODULES = '/usr/lib/apache2/modules'
const MIG = { path: [MODULES], name: ['\\.so$'], md5: ['9b1d0b3a3a6e5b8ee6b2a1f0c0de34e4'] }

/** Ten hosts in every state that there is. */
const everything = async (change: Partial<OpenCase> = {}): Promise<OpenCase> => {
  const asked = new TestCase(mesh, question(MIG, 'role=web', { note: { case: 'INC-42' } }))
  const common = fileRow(`${MODULES}/mod_ssl.so`, { size: 91_432, mtime: Date.parse('2026-02-01T10:00:00Z') })
  const parcels = [
    ...asked.answer(agents[0]!),
    ...asked.answer(agents[1]!),
    ...asked.answer(agents[2]!, { found: [common] }),
    ...asked.answer(agents[3]!, { found: [common] }),
    ...asked.answer(agents[4]!, { found: [fileRow(`${MODULES}/mod_odd.so`)] }),
    ...asked.answer(agents[5]!, {
      verdict: 'partial',
      coverage: { seen: 9, unreadable: 3, skipped: 0 }
    }),
    ...asked.answer(agents[6]!, { state: 'limit', verdict: 'partial', code: 'limit-wall' }),
    ...asked.answer(agents[7]!, { state: 'refused', code: 'module-off' })
  ]
  return asked.open(
    [0, 1, 2, 3, 4, 5, 6, 7].map(i => known(i)).concat(known(8), known(9, { connected: false })),
    parcels,
    change
  )
}

const shown = (open: OpenCase, columns?: number): string => {
  const screen = makeScreen(columns === undefined ? {} : { columns })
  showResult(resultOf(open, 'a17', {}, NOW), screen.output)
  return (screen.out() + screen.err()).replace(/⟨[0-9a-f]{4}⟩/g, '⟨7f3a⟩')
}

test('the screen after the answers, in full', async () => {
  assert.equal(
    shown(await everything(), 140),
    `a17 file  role=web   case INC-42   julien 12:00:00   FOUND ON 3 HOSTS   open until Wed 12:00 UTC
10 targeted = done 6 + limit 1 + refused 1 + silent 2
answered 7   yes 3 | no 2 | PARTIAL 2 (unreadable 1: web-05, limit 1: web-06 (limit-wall))
refused 1    module-off web-07
silent 2     connected 1: web-08 | away 1: web-09
value  hosts  path                                 size   mode        mtime             ctime             owner  group  where
v1     1      /usr/lib/apache2/modules/⟨7f3a⟩      48120  -rw-r--r--  2026-11-19 03:12  2026-11-19 03:12  root   root   web-04
v2     2      /usr/lib/apache2/modules/mod_ssl.so  91432  -rw-r--r--  2026-02-01 10:00  2026-11-19 03:12  root   root   web-02 web-03
A "no" holds for 2 of 10 hosts.
next: show a17 web-04 | reveal a17 v1 --reason … | file … -t 'found(a17)' | follow a17 | export a17
`
  )
})

test('several operations have a verdict each; what a condition left out is told apart from a no', async () => {
  const operation = question(MIG, 'role=web').operations[0]!
  const asked = new TestCase(
    mesh,
    question(MIG, 'role=web', {
      operations: [
        { ...operation, id: 'a' },
        { ...operation, id: 'b', condition: { when: 'found', op: 'a' } }
      ]
    })
  )
  const found = [fileRow(`${MODULES}/mod_odd.so`)]
  const notMet = { code: 'not-met', verdict: undefined, coverage: undefined } as never
  const open = await asked.open(
    [0, 1, 2, 3].map(i => known(i)),
    [
      ...asked.answer(agents[0]!, { found }, { op: 'a' }),
      ...asked.answer(agents[0]!, { found }, { op: 'b' }),
      ...asked.answer(agents[1]!, {}, { op: 'a' }),
      ...asked.answer(agents[1]!, notMet, { op: 'b' }),
      ...asked.answer(agents[2]!, { verdict: 'partial' }, { op: 'a' }),
      ...asked.answer(agents[2]!, { verdict: 'partial', code: 'undecided' }, { op: 'b' }),
      ...asked.answer(agents[3]!, { state: 'limit', code: 'limit-rows', found }, { op: 'a' }),
      ...asked.answer(agents[3]!, {}, { op: 'b' })
    ]
  )
  assert.equal(asked.composed.action.kind, 'gumshoe/action/2')
  const lines = summaryLines(resultOf(open, 'a17', {}, NOW))
  assert.deepEqual(lines.slice(1, 4), [
    'answered 4   yes 2 | no 1 | PARTIAL 1 (unreadable 1: web-02) | cut short 1: web-03 (limit-rows)',
    '  a file     yes 2 | no 1 | PARTIAL 1 (unreadable 1: web-02) | cut short 1: web-03 (limit-rows)',
    '  b file     yes 1 | no 1 | PARTIAL 1 (condition undecided 1: web-02) | condition not met 1'
  ])
  const failed = asked.answer(
    agents[4]!,
    { state: 'error', code: 'unsupported', verdict: undefined } as never,
    { op: 'b' }
  )
  const some = await asked.open([known(4)], [...asked.answer(agents[4]!, {}, { op: 'a' }), ...failed])
  assert.deepEqual(
    summaryLines(resultOf(some, 'a17', {}, NOW)).slice(-2),
    ['  a file     yes 0 | no 1 | PARTIAL 0', '  b file     yes 0 | no 0 | PARTIAL 0 | error 1'],
    'also where no host is done with all of them'
  )
  assert.match(shown(open, 140), /^b file\nvalue {2}hosts/m, 'values stand under their operation')
  const screen = makeScreen({ json: true })
  showResult(resultOf(open, 'a17', {}, NOW), screen.output)
  const host = screen
    .records()
    .find(({ type, host: of }) => type === 'host' && (of as { name: string }).name === 'web-01')
  assert.deepEqual(host?.['operations'], [
    { op: 'a', module: 'file/1', state: 'done', verdict: 'no', code: null },
    { op: 'b', module: 'file/1', state: 'done', verdict: null, code: 'not-met' }
  ])
  for (const line of screen.records()) LINES[line['type'] as LineType].parse(line)
})

test('a narrow window keeps value, hosts, path and where; a pipe keeps everything', async () => {
  const open = await everything()
  const narrow = shown(open, 84)
  assert.match(narrow, /^value {2}hosts {2}path {33}size {3}mode {8}where$/m)
  assert.match(narrow, /^No room here for: mtime, ctime, owner, group; a wider window or --json has them\.$/m)
  assert.ok(narrow.split('\n').every(line => line.length <= 84 || line.startsWith('next:')))
  assert.match(shown(open), /^v1\t1\t\/usr\/lib\/apache2\/modules\/⟨7f3a⟩\t48120\t-rw-r--r--\t.*\tweb-04$/m)
})

test('nothing found is said only as far as it holds', async () => {
  const asked = new TestCase(mesh, question(MIG, 'role=web'))
  const hosts = [known(0), known(1)]
  const none = await asked.open(hosts, [])
  assert.match(shown(none), /NO ANSWER YET/)
  const one = await asked.open(hosts, asked.answer(agents[0]!))
  assert.match(shown(one), /NOT FOUND SO FAR/)
  assert.match(shown(one), /A "no" holds for 1 of 2 hosts\./)
  const both = await asked.open(hosts, [...asked.answer(agents[0]!), ...asked.answer(agents[1]!)])
  assert.match(shown(both), / NOT FOUND {3}/)
  assert.doesNotMatch(shown(both), /A "no" holds|SO FAR/)
})

test('late hosts, cancelled questions, lost and disbelieved answers are told apart', async () => {
  const open = await everything({
    cancelled: { at: NOW - 60_000, by: 'anna' },
    dropped: [agents[9]!.identity.peer],
    targeted: agents.slice(1).map(({ identity }) => identity.peer)
  })
  open.file.take({ envelope: utf8Bytes('garbage') })
  assert.match(shown(open), / cancelled Tue 11:59 UTC by anna$/m)
  assert.doesNotMatch(shown(open), /open until/)
  const lines = summaryLines(resultOf(open, 'a17', {}, NOW)).join('\n')
  assert.match(lines, /^CANCELLED: /m)
  assert.match(lines, /^9 targeted \+ 1 late = done 6 /m)
  assert.match(lines, /^dropped 1 {4}web-09: /m)
  assert.match(lines, /^DISCARDED 1 answer that does not hold: malformed 1$/m)
})

test('two hosts of one name are told apart by the end of their ids, on the screen and in JSON', async () => {
  const asked = new TestCase(mesh, question(MIG, 'role=web'))
  const [gone, here] = [agents[0]!.identity.peer, agents[1]!.identity.peer]
  // The first has left the mesh since; its name is remembered with the question.
  const hosts = [knownHost('web-01', { peer: here, tags: [] }), known(2)]
  const open = await asked.open(hosts, [], { targeted: [gone, here, agents[2]!.identity.peer] })
  const result = resultOf(open, 'a17', { [gone]: 'web-01', [here]: 'web-01' }, NOW)
  const [one, two] = [gone, here].map(peer => `web-01~${peer.slice(-6)}`)
  assert.deepEqual([gone, here, agents[2]!.identity.peer].map(result.name), [one, two, 'web-02'])
  const screen = makeScreen({ json: true })
  showResult(result, screen.output)
  const { states } = screen.records().at(-1) as { states: Record<string, string[]> }
  assert.deepEqual(states['silent'], [one!, two!, 'web-02'].sort())
})

test('a host that was cancelled says so once', async () => {
  const asked = new TestCase(mesh, question(MIG, 'role=web'))
  const body = { state: 'cancelled', code: 'cancelled', verdict: undefined } as const
  const open = await asked.open([known(0)], asked.answer(agents[0]!, body))
  assert.match(shown(open), /^cancelled 1 {2}web-00$/m)
})

test('hosts on which the condition is false are counted as such', async () => {
  const asked = new TestCase(mesh, question(MIG, 'role=web'))
  const body = { state: 'done', code: 'not-met', verdict: undefined } as const
  const open = await asked.open(
    [known(0), known(1)],
    [...asked.answer(agents[0]!, body), ...asked.answer(agents[1]!)]
  )
  assert.match(shown(open), /^done 2 {7}yes 0 \| no 1 \| PARTIAL 0 \| condition not met 1$/m)
})

test('what a host says of its failure is shown harmless', async () => {
  const asked = new TestCase(mesh, question(MIG, 'role=web'))
  const message = 'no \x1b[2J such <b>thing</b>'
  const open = await asked.open(
    [known(0)],
    asked.answer(agents[0]!, { state: 'error', code: 'module-failed', message })
  )
  const text = shown(open, 100)
  assert.match(text, /^error 1 {6}module-failed web-00$/m)
  assert.match(text, /^ {2}web-00: no \\x1b\[2J such <b>thing<\/b>$/m)
})

test('JSON Lines say the same, each by its schema, and the sets add up', async () => {
  const screen = makeScreen({ json: true })
  showResult(resultOf(await everything(), 'a17', {}, NOW), screen.output)
  const lines = screen.records()
  for (const line of lines) LINES[line['type'] as LineType].parse(line)
  const of = (type: LineType) => lines.filter(line => line['type'] === type)
  assert.deepEqual(
    Object.keys(LINES)
      .map(type => [type, of(type as LineType).length])
      .filter(([, number]) => number !== 0),
    [
      ['action', 1],
      ['host', 10],
      ['value', 2],
      ['row', 3],
      ['summary', 1]
    ]
  )
  const summary = of('summary')[0] as {
    targeted: number
    states: Record<string, string[]>
    complete: boolean
  }
  assert.equal(lines.at(-1), of('summary')[0])
  assert.equal(summary.targeted, 10)
  assert.equal(Object.values(summary.states).flat().length, 10)
  assert.deepEqual(summary.states['silent'], ['web-08', 'web-09'])
  assert.equal(summary.complete, false)
  const [odd] = of('value') as { path: { known: unknown[] }; size: number }[]
  assert.deepEqual(odd!.path.known, [{ t: 'usr' }, { t: 'lib' }, { t: 'apache2' }, { t: 'modules' }, null])
  assert.equal(odd!.size, 48_120)
})
