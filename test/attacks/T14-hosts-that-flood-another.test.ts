import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultPolicy, defaultRule } from '../../console/admin/default-policy.ts'
import { codeOf } from '../../src/errors.ts'
import { contentChecksOf } from '../../src/modules/content-checks.ts'
import { MODULES } from '../../src/modules/index.ts'
import { HostFiles } from '../../src/modules/lib/host/host-files.ts'
import { clockServers } from '../../src/modules/lib/network/clock-servers.ts'
import { isForbidden } from '../../src/modules/lib/network/destination.ts'
import { ping } from '../../src/modules/ping.ts'
import type { Outcome } from '../../src/modules/spec.ts'
import { timedrift } from '../../src/modules/timedrift.ts'
import { quorumOf } from '../../src/trust/policy.ts'
import { plant } from '../support/ask-file.ts'
import { fakeNet } from '../support/fake-machines.ts'

/**
 * T14. Whoever may ask makes a fleet send to a machine of his choice: to flood it, to look for open ports, or to reach what
 * only hosts can reach (the address on which clouds keep the credentials of their machines). Expected: one machine and one
 * port a question, ten empty probes a host, a tenth of a second apart and begun by each host at a moment of its own; never
 * to the own link, to many at once or to nobody; two persons of weight one, or one of two.
 */

const NOW = Date.parse('2026-11-24T12:00:00Z')

const FORBIDDEN = [
  '169.254.169.254',
  '169.254.0.1',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  'fe80::1',
  'fd00:ec2::254',
  '100.100.100.200',
  '192.0.0.192',
  '224.0.0.1',
  'ff02::1',
  '255.255.255.255',
  '0.0.0.0',
  '0.1.2.3',
  '::'
]

const limits = ping.limits.defaults
const host = (net: ReturnType<typeof fakeNet>) => ({
  root: '/',
  signal: new AbortController().signal,
  asOf: NOW,
  limits,
  net
})

const outcomeOf = async (running: AsyncGenerator<unknown, Outcome>): Promise<Outcome> => {
  for (;;) {
    const next = await running.next()
    if (next.done) return next.value
  }
}

test('an address that is forbidden is refused in the question, in any form of it', () => {
  for (const destination of FORBIDDEN) {
    assert.ok(isForbidden(destination), destination)
    assert.throws(
      () => ping.fromFlags({ destination, port: 80 }, NOW),
      error => codeOf(error) === 'bad-params'
    )
    const params = { ...ping.fromFlags({ destination: 'a', port: 80 }, NOW), destination }
    assert.equal(ping.params.safeParse(params).success, false, destination)
  }
  for (const odd of [
    '0251.0376.0251.0376',
    '2852039166',
    '0xa9fea9fe',
    '169.254.43518',
    'fe80::1%1',
    '::ffff:169.254.169.254%1'
  ])
    assert.throws(
      () => ping.fromFlags({ destination: odd, port: 80 }, NOW),
      error => codeOf(error) === 'bad-params',
      odd
    )
})

test('a name that leads there is not followed, and is told', async () => {
  for (const address of FORBIDDEN) {
    const net = fakeNet({ open: 9, addresses: { 'a.example.org': ['192.0.2.1', address] } })
    const params = ping.fromFlags({ destination: 'a.example.org', port: 80, spread: 0 }, NOW)
    const outcome = await outcomeOf(ping.run(params, host(net)))
    assert.deepEqual(
      [net.sent, outcome.errors, outcome.coverage.skipped],
      [[], { 'forbidden-address': 1 }, 1]
    )
  }
})

test('nor by who asks for the time, but for a server of the host’s own', async t => {
  const net = fakeNet({ open: 9, addresses: { 'a.example.org': ['192.0.2.1', '169.254.169.254'] } })
  const ask = (params: ReturnType<typeof timedrift.fromFlags>, root: string) =>
    outcomeOf(timedrift.run(params, { ...host(net), root, limits: timedrift.limits.defaults }))
  const asked = await ask(timedrift.fromFlags({ server: ['a.example.org'] }, NOW), '/')
  assert.deepEqual([net.sent, asked.errors, asked.coverage.unreadable], [[], { 'forbidden-address': 1 }, 1])
  await ask(timedrift.fromFlags({}, NOW), plant(t, { 'etc/chrony.conf': 'server 169.254.169.123' }))
  assert.notDeepEqual(net.sent, [], 'a cloud tells the time there')
})

test('a name is resolved once: another answer afterwards leads nowhere', async () => {
  let asked = 0
  const net = fakeNet({ open: 9 })
  const moving = { ...net, addresses: async () => [asked++ === 0 ? '192.0.2.1' : '169.254.169.254'] }
  const params = ping.fromFlags({ destination: 'a.example.org', port: 80, spread: 0 }, NOW)
  await outcomeOf(ping.run(params, host(moving)))
  assert.deepEqual(net.sent, Array(3).fill('tcp 192.0.2.1 80'))
})

test('no question makes a host send more, faster, or to several', () => {
  const made = ping.fromFlags({ destination: 'a', port: 80 }, NOW)
  for (const more of [
    { count: 11 },
    { apart: 99 },
    { apart: 0 },
    { destination: ['a', 'b'] },
    { destination: 'a,b' },
    { destination: '192.0.2.0/24' },
    { ports: [1, 2] },
    { port: [1, 2] },
    { payload: 'x' }
  ])
    assert.equal(ping.params.safeParse({ ...made, ...more }).success, false, JSON.stringify(more))
  const clocks = timedrift.fromFlags({ server: ['a'] }, NOW)
  const servers = Array.from({ length: 5 }, () => ({ host: 'a' }))
  assert.equal(timedrift.params.safeParse({ ...clocks, servers }).success, false)
  assert.ok(made.spread > 0, 'hosts do not begin at one moment')
})

test('one person of weight one asks no host to reach for another', () => {
  const { risk, quorum } = defaultRule(ping)
  assert.equal(risk, 'sensitive')
  assert.ok([quorum.match, quorum.hashed, quorum.clear].every(one => one!.weight >= 2))
  const policy = defaultPolicy(MODULES)
  const weightOf = (flags: Record<string, unknown>) => {
    const params = timedrift.fromFlags(flags, NOW) as Record<string, unknown>
    const operation = { id: 'o1', module: 'timedrift/1', params }
    const asked = { disclosure: 'hashed', contentChecks: contentChecksOf([operation]) } as const
    return quorumOf(policy, asked, operation)?.weight
  }
  assert.equal(weightOf({ server: ['a:22'] }), 2, 'nor for a time server of his choice, at any port')
  assert.equal(weightOf({}), 1)
})

test("a host's own file of time servers is no list of targets", t => {
  const lines = [
    ...Array.from({ length: 10_000 }, (_, i) => `server 192.0.2.${i % 256} port 22`),
    'server ../../etc/passwd',
    `server ${'a'.repeat(10_000)}`,
    'server a\x1b[2J'
  ]
  const root = plant(t, { 'etc/chrony.conf': lines.reverse().join('\n') })
  const servers = clockServers(new HostFiles({ ...host(fakeNet()), root }))
  assert.equal(servers.length, 8)
  assert.ok(servers.every(({ host: name }) => /^192\.0\.2\.\d+$/.test(name)))
})
