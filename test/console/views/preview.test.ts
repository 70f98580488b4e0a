import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { KnownHost } from '../../../console/answers/known-host.ts'
import { compose, type Question } from '../../../console/ask/compose.ts'
import { type PreviewInput, previewLines, showPreview } from '../../../console/views/preview.ts'
import { countTags } from '../../../src/documents/target/topics.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { FACTS, knownHost, question } from '../../support/case.ts'
import { DAY, HOUR, makeTestMesh, NOW, type TestMesh } from '../../support/mesh.ts'
import { makeScreen } from '../../support/screen.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

const host = (name: string, change: Partial<KnownHost> = {}): KnownHost =>
  knownHost(name, { peer: makeIdentity().peer, tags: ['role=web'] }, change)

const previewed = (asked: Question, hosts: KnownHost[], who = 'julien'): PreviewInput => ({
  short: 'a17',
  composed: compose(asked, mesh.charter, mesh.mesh, mesh.who(who).key.fingerprint, NOW),
  charter: mesh.charter,
  signers: [who],
  hosts,
  counts: countTags(hosts),
  now: NOW
})

const MIG = {
  path: ['/usr/lib/apache2'],
  name: ['\\.so$'],
  md5: ['9b1d0b3a3a6e5b8ee6b2a1f0c0de34e4']
}

test('the screen before signing, in full', () => {
  const hosts = [
    ...['web-01', 'web-02', 'web-03', 'web-04', 'web-05', 'web-06', 'web-07'].map(name => host(name)),
    host('web-08', { connected: false, time: NOW - 3 * HOUR }),
    host('web-09', { connected: false, time: NOW - 9 * DAY }),
    host('web-10', { facts: { ...FACTS, modules: [] }, charter: 0 })
  ]
  const asked = question(MIG, 'role=web and not env=dev', {
    note: { case: 'INC-42', reason: 'advisory AA26-317' }
  })
  assert.equal(
    previewLines(previewed(asked, hosts)).join('\n'),
    `a17 UNSIGNED  file/1   case INC-42   reason "advisory AA26-317"
says     under /usr/lib/apache2: files named \\.so$ and with md5 9b1d…e4. Changes nothing.
target   role=web and not env=dev        tags: by enrolment | facts: none used
hosts    10 known = 8 connected + 2 away (3 h to 9 d)   first: web-01 web-02 web-03 web-04 web-05 web-06 … +4
         won't run: 1 module off (web-10) | charter v1, catching up: 1
leaves   verdict, coverage, search, size, mode, mtime, ctime, check | as ⟨⟩: path, owner, group, sha256 | never: contents
seen by  question: members of role=web, both nodes | answers: julien, rita
cost     ≤ 60 s, ≤ 1 core nice 19, ≤ 512 MiB, ≤ 10,000 rows a host    ceiling 100 %
policy   inspect/hashed: weight 1 of your 2, people 1 of 1   OK   open until Wed 12:00 UTC (24 h)`
  )
})

test('what is asked in clear, and by too few, stands out', () => {
  const asked = question(MIG, 'all', {
    disclosure: 'clear',
    note: { reason: 'x' },
    purpose: 'Yearly check',
    ceilingPpm: 50_000
  })
  const off = host('web-04', { facts: { ...FACTS, disclosures: ['hashed', 'match'] } })
  const text = previewLines(previewed(asked, [off], 'joe')).join('\n')
  assert.match(text, /^purpose {2}"Yearly check", in clear: owners of hosts read it$/m)
  assert.match(text, /\| IN CLEAR: path, owner, group, sha256 \|/)
  assert.match(text, /won't run: 1 clear off \(web-04\)/)
  assert.match(text, /^seen by {2}question: every host, both nodes/m)
  assert.match(text, /ceiling 5 %$/m)
  assert.match(
    text,
    /weight 2 of your 1, people 1 of 1 {3}NOT REACHED, missing: weight 1; who could sign: julien \(weight 2\), sonia \(weight 2\)/
  )
})

test('of two tags, the rarer is who sees the question', () => {
  const both = host('web-01', { tags: ['env=prod', 'role=web'] })
  const asked = question(MIG, 'role=web and env=prod')
  const counts = countTags([both, host('db-01', { tags: ['env=prod'] })])
  const text = previewLines({ ...previewed(asked, [both]), counts }).join('\n')
  assert.match(text, /^seen by {2}question: members of role=web, both nodes/m)
})

test('many checks about contents are counted, and say which quorum they take', () => {
  const many = question({ path: ['/etc'], content: Array(65).fill('a') }, 'all')
  const text = previewLines(previewed(many, [host('web-01')], 'joe')).join('\n')
  assert.match(text, /^bits {5}65 checks about contents: more than 64, so it counts as sensitive$/m)
  assert.match(text, /^policy {3}sensitive\/hashed: weight 2 of your 1, people 1 of 1 {3}NOT REACHED/m)
  assert.match(text, /answers: julien, sonia, joe, rita$/m, 'who may sign it may read it')
  const few = question({ path: ['/etc'], content: Array(64).fill('a') }, 'all')
  assert.doesNotMatch(previewLines(previewed(few, [host('web-01')], 'joe')).join('\n'), /^bits/m)
})

test('facts, conditions and what is widened are named', () => {
  const asked = question(MIG, 'os=linux and hostname~"web-*"', { widens: 'c'.repeat(64) })
  asked.operations[0]!.condition = { when: 'found', action: 'd'.repeat(64) }
  const text = previewLines(
    previewed(asked, [
      host('mac', { facts: { ...FACTS, os: 'windows' } }),
      host('early', { time: NOW + 412_000 })
    ])
  ).join('\n')
  assert.match(text, /facts: hostname, os: the host's own word/)
  assert.match(text, /only where found\(dddddddddddd\)/)
  assert.match(text, /^widens {3}cccccccccccc: hosts that ran that one ignore this$/m)
  assert.match(text, /won't run: 1 clock ahead \(early\), 1 unsupported \(mac\)/)
})

test('a reveal says how many parts it opens, of what, and in clear', () => {
  const params = {
    action: 'e'.repeat(64),
    op: 'o1',
    module: 'file/1',
    commitments: ['ab'.repeat(16), 'cd'.repeat(16)]
  }
  const asked: Question = {
    ...question(MIG, 'all', { disclosure: 'clear', note: { reason: 'odd' } }),
    operations: [{ id: 'o1', module: 'reveal/1', params }]
  }
  const text = previewLines(previewed(asked, [host('web-01')])).join('\n')
  assert.match(text, /opens 2 dark parts \(⟨abab⟩ ⟨cdcd⟩\) of what hosts answered to file\/1 in eeeeeeeeeeee/)
  assert.match(text, /^leaves {3}.*IN CLEAR \| never: contents$/m)
  assert.match(text, /inspect\/reveal: weight 2 of your 2/)
  assert.match(text, /^cost {5}next to nothing/m)
})

test('a narrow window hides nothing of it, and hostile text does nothing', () => {
  const asked = question({ path: ['/etc'], name: [`x${'y'.repeat(300)}`] }, 'all', {
    note: { title: 'A "b"' }
  })
  const evil = host('evil\x1b[2J')
  const screen = makeScreen({ columns: 60 })
  showPreview(previewed(asked, [evil]), screen.output)
  assert.equal(screen.out(), '', 'it is no result')
  const lines = screen.err().trimEnd().split('\n')
  assert.ok(lines.every(line => line.length <= 60))
  assert.equal(screen.err().replace(/\s/g, '').includes('y'.repeat(300)), true)
  assert.doesNotMatch(screen.err(), /\x1b/)
})
