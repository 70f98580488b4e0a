import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { hostNamed, sayChain, showHost } from '../../../console/views/host.ts'
import { showHosts } from '../../../console/views/hosts.ts'
import { LINES } from '../../../console/views/lines.ts'
import { resultOf } from '../../../console/views/result.ts'
import { showResult } from '../../../console/views/result-screen.ts'
import { fileRow, knownHost, question, TestCase } from '../../support/case.ts'
import { makeTestMesh, NOW, type TestAgent, type TestMesh } from '../../support/mesh.ts'
import { makeScreen } from '../../support/screen.ts'

let mesh: TestMesh
let agents: TestAgent[]
before(async () => {
  mesh = await makeTestMesh()
  agents = await Promise.all(Array.from({ length: 3 }, () => mesh.enrol(['role=web'])))
})

const make = async () => {
  const asked = new TestCase(mesh, question({ path: ['/etc'] }, 'role=web'))
  const names = ['web-01', 'twin', 'twin']
  const hosts = agents.map(({ identity }, i) =>
    knownHost(names[i]!, { peer: identity.peer, tags: ['role=web'] })
  )
  const parcels = asked.answer(agents[0]!, {
    found: [fileRow('/etc/passwd')],
    coverage: { seen: 9_120, unreadable: 2, skipped: 1 },
    errors: { EACCES: 2 },
    counts: { s1: 1 }
  })
  return resultOf(await asked.open(hosts, parcels), 'a17', {}, NOW)
}

test('one host: how it ended, what it saw, its rows and its chain', async () => {
  const result = await make()
  const screen = makeScreen({ columns: 100 })
  const chain = { completeTo: 3, head: 5, dropped: [], findings: [{ type: 'gap' as const, from: 4, to: 4 }] }
  showHost(result, hostNamed(result, 'web-01'), chain, screen.output)
  const text = screen.out()
  assert.match(
    text,
    /^a17 on web-01 {3}done {3}verdict yes {3}answered 2026-11-24 12:00:00 UTC by its clock$/m
  )
  assert.match(text, /^tags {5}role=web \(by enrolment\)$/m)
  assert.match(text, /^coverage 9,120 seen, 2 unreadable, 1 skipped$/m)
  assert.match(text, /^found {4}s1 1$/m)
  assert.match(text, /^errors {3}EACCES 2$/m)
  assert.match(text, /^chain {4}whole to 3 of 5; GAP 4–4$/m)
  assert.match(text, /^v1 {5}1 {6}\/etc\/passwd /m)
})

test('a value of several hosts has no time that they differ in; one host has its own', async () => {
  const asked = new TestCase(mesh, question({ path: ['/etc'] }, 'role=web'))
  const hosts = ['web-01', 'web-02'].map((name, i) =>
    knownHost(name, { peer: agents[i]!.identity.peer, tags: [] })
  )
  const parcels = ['2026-02-01T10:00:00Z', '2026-03-01T10:00:00Z'].flatMap((time, i) =>
    asked.answer(agents[i]!, { found: [fileRow('/etc/passwd', { mtime: Date.parse(time) })] })
  )
  const result = resultOf(await asked.open(hosts, parcels), 'a17', {}, NOW)
  const shown = (name?: string, json = false): string => {
    const screen = makeScreen({ columns: 140, json })
    if (name === undefined) showResult(result, screen.output)
    else showHost(result, hostNamed(result, name), undefined, screen.output)
    return screen.out()
  }
  assert.match(shown(), /^v1 .* differs {2}.*web-01 web-02$/m)
  assert.match(shown('web-01'), /^v1 .*2026-02-01 10:00/m)
  assert.match(shown('web-02'), /^v1 .*2026-03-01 10:00/m)
  const value = shown(undefined, true)
    .split('\n')
    .find(line => line.includes('"type":"value"'))!
  assert.equal(JSON.parse(value).mtime, null)
  LINES.value.parse(JSON.parse(value))
})

test('a name that is not there, or that two hosts share, is refused with the way out', async () => {
  const result = await make()
  assert.throws(() => hostNamed(result, 'web-99'), { code: 'not-found', fix: /show a17 --hosts/ })
  assert.throws(() => hostNamed(result, 'twin'), {
    code: 'not-found',
    message: /2 hosts .* twin/,
    fix: new RegExp(agents[1]!.identity.peer.slice(-8))
  })
  const { peer } = agents[1]!.identity
  assert.equal(hostNamed(result, peer.slice(-8)).peer, peer)
  assert.equal(hostNamed(result, peer).peer, peer)
  assert.equal(hostNamed(result, `twin~${peer.slice(-6)}`).peer, peer)
  assert.throws(() => hostNamed(result, peer.slice(-3)), { code: 'not-found' })
})

test('every host stands in one line, by its state', async () => {
  const screen = makeScreen()
  showHosts(await make(), screen.output)
  const lines = screen.out().trimEnd().split('\n')
  assert.equal(lines.shift(), 'host\tstate\tverdict\tcode\tlate\tseen\tunreadable\tskipped\tnow\tid')
  assert.equal(lines.length, 3)
  assert.match(lines[0]!, /^web-01\tdone\tyes\t\t\t9,120\t2\t1\tconnected\t/)
  assert.match(lines[1]!, /^twin~\w{6}\tsilent\t/)
})

test('a chain in words', () => {
  const chain = { completeTo: 5, head: 5, dropped: [], findings: [] }
  assert.equal(sayChain(chain), 'whole, 5 answers')
  assert.equal(
    sayChain({ ...chain, dropped: [{ seq: 2, answer: 'a', action: 'b' }] }),
    'whole, 5 answers, 1 dropped by the host itself'
  )
  const findings = [
    { type: 'fork' as const, seq: 2, ids: ['a', 'b'] },
    { type: 'broken' as const, seq: 3, id: 'a', expected: 'b' }
  ]
  assert.match(
    sayChain({ ...chain, completeTo: 1, findings }),
    /^whole to 1 of 5; FORK at 2: .*, BROKEN at 3$/
  )
})
