import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { wordsOf } from '../../../console/answers/learn.ts'
import { revealOperations } from '../../../console/ask/reveal-question.ts'
import { LINES } from '../../../console/views/lines.ts'
import { showOdd } from '../../../console/views/odd-screen.ts'
import { resultOf } from '../../../console/views/result.ts'
import { fileRow, knownHost, question, TestCase } from '../../support/case.ts'
import { makeTestMesh, NOW, type TestAgent, type TestMesh } from '../../support/mesh.ts'
import { makeScreen } from '../../support/screen.ts'

let mesh: TestMesh
let agents: TestAgent[]
before(async () => {
  mesh = await makeTestMesh()
  agents = await Promise.all(Array.from({ length: 8 }, () => mesh.enrol()))
})

/** Seven hosts alike, and one with a file that nobody else has. */
const answered = async (change: Parameters<typeof question>[2] = {}) => {
  const asked = new TestCase(mesh, question({ path: ['/etc/cron.d'] }, 'all', change))
  const common = fileRow('/etc/cron.d/logrotate')
  const parcels = agents.flatMap((agent, i) =>
    asked.answer(agent, { found: i === 5 ? [common, fileRow('/etc/cron.d/never-heard-of')] : [common] })
  )
  const hosts = agents.map(({ identity }, i) => knownHost(`h${i}`, { peer: identity.peer, tags: [] }))
  return asked.open(hosts, parcels)
}

test('hosts are ranked on a screen, and just the rare part is offered to be revealed', async () => {
  const result = resultOf(await answered(), 'a7', {}, NOW)
  const screen = makeScreen({ columns: 100 })
  showOdd(result, { top: 2 }, screen.output)
  const lines = screen
    .out()
    .replace(/⟨[0-9a-f]{4}⟩/g, '⟨7f3a⟩')
    .trimEnd()
    .split('\n')
  assert.equal(lines[0], 'a7 o1 file: 8 hosts compared by every private column, rarest first')
  assert.match(lines[2]!, /^h5 +3\.0 +1 +path \/etc\/cron\.d\/⟨7f3a⟩ \(1 of 8\)$/)
  assert.match(lines[3]!, /^h\d +0\.0 +0/)
  assert.equal(lines.length, 4, 'no more hosts than were wanted')
  const [, named] = /^next: reveal a7 (v\d) --column path --reason …$/m.exec(screen.err()) ?? []
  const [operation] = revealOperations(result, [named!], ['path'])
  assert.equal((operation!.params as { commitments: string[] }).commitments.length, 1)
  assert.throws(() => revealOperations(result, [named!], ['owner']), { code: 'usage', message: /in owner/ })
})

test('six hosts are ranked by the sum of -log2 of the shares, and only what is rare on the first is offered', async () => {
  const asked = new TestCase(mesh, question({ path: ['/etc/cron.d'] }, 'all'))
  // What stands on each: everywhere, on five, on two, and once.
  const names = [
    ['logrotate', 'apt'],
    ['logrotate', 'apt', 'php'],
    ['logrotate', 'apt', 'php']
  ]
  names.push(['logrotate', 'apt', 'zz-implant'], ['logrotate'], ['logrotate', 'apt'])
  const six = agents.slice(0, 6)
  const hosts = six.map(({ identity }, i) => knownHost(`h${i}`, { peer: identity.peer, tags: [] }))
  const parcels = six.flatMap((agent, i) =>
    asked.answer(agent, { found: names[i]!.map(name => fileRow(`/etc/cron.d/${name}`)) })
  )
  const result = resultOf(await asked.open(hosts, parcels), 'a7', {}, NOW)
  const screen = makeScreen({ json: true })
  showOdd(result, { top: 1 }, screen.output)
  const told = screen.records().map(record => record as { host: { name: string }; bits: number })
  const share = (name: string) => names.filter(own => own.includes(name)).length / 6
  const bitsOf = (own: string[]) => own.reduce((sum, name) => sum - Math.log2(share(name)), 0)
  const wanted = names.map((own, i) => [`h${i}`, Math.round(bitsOf(own) * 100) / 100] as const)
  assert.deepEqual(
    new Map(told.map(({ host, bits }) => [host.name, bits])),
    new Map(wanted.map(([name, bits]) => [name, bits + 0]))
  )
  assert.deepEqual(
    told
      .slice(0, 3)
      .map(({ host }) => host.name)
      .sort(),
    ['h1', 'h2', 'h3']
  )
  assert.deepEqual([told[0]!.host.name, told.at(-1)!.host.name], ['h3', 'h4'])
  const text = makeScreen({ columns: 120 })
  showOdd(result, { top: 1 }, text.output)
  const [, named] = /^next: reveal a7 (v\d) --column path --reason …$/m.exec(text.err()) ?? []
  const [operation, ...others] = revealOperations(result, [named!], ['path'])
  const own = result.values.find(({ name }) => name === named)!
  assert.deepEqual(own.peers, [six[3]!.identity.peer])
  assert.deepEqual(
    [others.length, (operation!.params as { commitments: string[] }).commitments.length],
    [0, 1]
  )
  const first = await asked.open(hosts.slice(0, 2), parcels.slice(0, parcels.length / 3))
  const few = makeScreen({ columns: 120 })
  showOdd(resultOf(first, 'a7', {}, NOW), { top: 1 }, few.output)
  assert.equal(few.err(), 'Fewer than three hosts answered: nothing is rare among so few.\n')
})

test('as JSON Lines all of them, each held by its schema', async () => {
  const screen = makeScreen({ json: true })
  showOdd(resultOf(await answered(), 'a7', {}, NOW), { top: 1, columns: ['path'] }, screen.output)
  const records = screen.records()
  assert.equal(records.length, 8)
  for (const line of records) LINES.odd.parse(line)
  const { bits, of, values } = records[0] as { bits: number; of: number; values: { dark: boolean }[] }
  assert.deepEqual([bits, of, values.length, values[0]?.dark], [3, 8, 1, true])
})

test('in clear nothing is dark and nothing is offered; at match there is nothing to compare', async () => {
  const reason = { note: { reason: 'a reference host' } }
  const open = await answered({ disclosure: 'clear', ...reason })
  const screen = makeScreen({ columns: 100 })
  showOdd(resultOf(open, 'a7', {}, NOW), { top: 2 }, screen.output)
  assert.match(screen.out(), /^h5 .* path \/etc\/cron\.d\/never-heard-of \(1 of 8\)$/m)
  assert.equal(screen.err(), '')
  const words = wordsOf(open).components.map(word => Buffer.from(word).toString())
  assert.ok(words.includes('never-heard-of'))
  const other = wordsOf(open, agents[0]!.identity.peer).components.map(word => Buffer.from(word).toString())
  assert.ok(other.includes('logrotate') && !other.includes('never-heard-of'), 'of one host only')
  const matched = await answered({ disclosure: 'match' })
  assert.throws(() => showOdd(resultOf(matched, 'a7', {}, NOW), { top: 2 }, screen.output), { code: 'usage' })
})

test('what is not in clear teaches nothing', async () => {
  const open = await answered()
  assert.throws(() => wordsOf(open), { code: 'usage', message: /hashed/ })
})
