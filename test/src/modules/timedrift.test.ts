import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { codeOf } from '../../../src/errors.ts'
import { HostFiles } from '../../../src/modules/lib/host/host-files.ts'
import { clockServers } from '../../../src/modules/lib/network/clock-servers.ts'
import { readSntp, sntpQuestion } from '../../../src/modules/lib/network/sntp.ts'
import type { Outcome, Row } from '../../../src/modules/spec.ts'
import { timedrift } from '../../../src/modules/timedrift.ts'
import { run, verdictOf } from '../../../src/run/run.ts'
import { ownHost } from '../../../src/trust/permit.ts'
import { plant } from '../../support/ask-file.ts'
import { clockAnswer, type FakeNet, fakeNet } from '../../support/fake-machines.ts'
import { AGENT_LAUNCHER } from '../../support/launchers.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')
/** Servers: addresses for documentation, or nothing would be sent to them. */
const [A, B, C] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'] as const
const limits = timedrift.limits.defaults

const hostOf = (root: string, network: FakeNet = {}) => ({
  root,
  signal: new AbortController().signal,
  asOf: NOW,
  limits,
  net: fakeNet(network)
})

const ask = async (
  t: TestContext,
  flags: Record<string, unknown>,
  network: FakeNet,
  files: Record<string, string> = {}
): Promise<{ rows: Row[]; outcome: Outcome; verdict: string }> => {
  const rows: Row[] = []
  const running = timedrift.run(timedrift.fromFlags(flags, NOW), hostOf(plant(t, files), network))
  for (;;) {
    const next = await running.next()
    if (!next.done) rows.push(next.value)
    else {
      const outcome = next.value
      return { rows, outcome, verdict: verdictOf(outcome.found, outcome.coverage, false) }
    }
  }
}

test('a clock is off by what the server in the middle says, whatever one of them says', async t => {
  const server = [A, B, C]
  const off = await ask(t, { server, drift: '5s' }, { ahead: { [A]: 6_000, [B]: 6_100, [C]: -900_000_000 } })
  assert.deepEqual([off.verdict, off.rows.length], ['yes', 3])
  assert.deepEqual(
    off.rows.map(({ server: name, offset, from, stratum }) => [name, offset, from, stratum])[0],
    [A, 6_000, 'question', 2]
  )
  const lie = await ask(t, { server, drift: '5s' }, { ahead: { [A]: 10, [B]: -20, [C]: 900_000_000 } })
  assert.deepEqual([lie.verdict, lie.rows.length], ['no', 0])
  const told = await ask(t, { server }, { ahead: -70 })
  assert.deepEqual(
    told.rows.map(({ offset }) => offset),
    [-70, -70, -70]
  )
  // Of two that differ, neither is the middle: the doubt is for the host.
  const two = await ask(t, { server: [A, B], drift: '5s' }, { ahead: { [A]: 10, [B]: 90_000 } })
  assert.equal(two.verdict, 'no')
})

test('a server that is silent, has no address or does not know the time makes no verdict', async t => {
  const silent = await ask(t, { server: [A], drift: '1s' }, { answer: () => undefined })
  assert.deepEqual([silent.verdict, silent.outcome.errors], ['partial', { unreached: 1 }])
  const nowhere = await ask(t, { server: [A], drift: '1s' }, { addresses: { [A]: [] } })
  assert.deepEqual([nowhere.verdict, nowhere.outcome.errors], ['partial', { 'no-address': 1 }])
  const kiss = await ask(
    t,
    { server: [A], drift: '1s' },
    { answer: question => clockAnswer(question, NOW, 0).fill(0, 1, 2) }
  )
  assert.deepEqual([kiss.verdict, kiss.outcome.errors], ['partial', { unsynchronised: 1 }])
  const none = await ask(t, { drift: '1s' }, {})
  assert.deepEqual([none.verdict, none.outcome.errors], ['partial', { 'no-server': 1 }])
  const some = await ask(t, { server: [A, B], drift: '1s' }, { addresses: { [A]: [] }, ahead: 0 })
  assert.deepEqual([some.verdict, some.outcome.errors], ['no', { 'no-address': 1 }])
})

test('an answer that is none to our question counts for nothing', async t => {
  for (const spoil of [
    (bytes: Buffer) => bytes.fill(7, 24, 32),
    (bytes: Buffer) => bytes.fill(0x23, 0, 1),
    (bytes: Buffer) => bytes.subarray(0, 47)
  ]) {
    const { verdict, outcome } = await ask(
      t,
      { server: [A], drift: '1s' },
      { answer: question => spoil(clockAnswer(question, NOW, 9_000_000)) }
    )
    assert.deepEqual([verdict, outcome.errors], ['partial', { unreached: 1 }])
  }
})

test('eras, years and the wire', () => {
  const question = sntpQuestion()
  for (const [now, ahead] of [
    [NOW, 0],
    [NOW, -86_400_000 * 365],
    [Date.parse('2036-02-07T06:28:15.500Z'), 1_000],
    [Date.parse('2040-01-01T00:00:00Z'), -86_400_000 * 365 * 20]
  ] as const) {
    const read = readSntp(clockAnswer(question, now, ahead), question, now, now)
    assert.ok(
      typeof read === 'object' && Math.abs(read.offset - ahead) <= 1,
      JSON.stringify([now, ahead, read])
    )
  }
  const read = readSntp(clockAnswer(question, NOW, 500), question, NOW - 100, NOW + 300)
  assert.deepEqual(read, { offset: 400, delay: 400, stratum: 2 })
})

test('no answer crashes the reader', () => {
  const question = sntpQuestion()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, ours) => {
      const answer = Buffer.from(bytes)
      if (ours && answer.length >= 48) question.copy(answer, 24, 40, 48)
      const read = readSntp(answer, question, NOW, NOW + 5)
      if (typeof read === 'object')
        assert.ok([read.offset, read.delay, read.stratum].every(Number.isSafeInteger) && read.delay >= 0)
    }),
    { numRuns: 2_000 }
  )
})

test('the servers of a host are those that chrony, ntpd and timesyncd are told of', t => {
  const servers = (files: Record<string, string>) =>
    clockServers(new HostFiles(hostOf(plant(t, files)))).map(
      ({ host, port, from }) => `${from} ${host} ${port}`
    )
  assert.deepEqual(servers({}), [])
  assert.deepEqual(
    servers({
      'etc/chrony/chrony.conf':
        '# server no.example.org\nserver a.example.org iburst port 1123\npool b.example.org\nserver 127.127.1.0\nserver\nmakestep 1 3\n',
      'etc/chrony/sources.d/own.sources': 'peer 192.0.2.1\n',
      'etc/ntp.conf': 'server -4 c.example.org prefer\nserver a.example.org\nrestrict default\n'
    }),
    ['chrony a.example.org 1123', 'chrony b.example.org 123', 'chrony 192.0.2.1 123', 'ntp c.example.org 123']
  )
  const timesyncd = '[Time]\n#NTP=no.example.org\nFallbackNTP=f.example.org\n'
  assert.deepEqual(servers({ 'etc/systemd/timesyncd.conf': timesyncd }), ['timesyncd f.example.org 123'])
  assert.deepEqual(
    servers({
      'etc/systemd/timesyncd.conf': `${timesyncd}NTP=x.example.org`,
      'etc/systemd/timesyncd.conf.d/a.conf': 'NTP=\nNTP=d.example.org 2001:db8::1\nNTP=-x ../etc $(id)\n'
    }),
    ['timesyncd d.example.org 123', 'timesyncd 2001:db8::1 123']
  )
  const many = Array.from({ length: 100 }, (_, i) => `server s${i}\n`).join('')
  assert.equal(servers({ 'etc/ntp.conf': many }).length, 8)
})

test('a clock on this machine is asked from behind the fence', async t => {
  const server = createSocket('udp4')
  server.on('message', (question, { port }) =>
    server.send(clockAnswer(question, Date.now(), 3_600_000), port, '127.0.0.1')
  )
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const asking = (drift: string) => {
    const params = timedrift.fromFlags({ server: [`127.0.0.1:${server.address().port}`], drift }, NOW)
    return run(
      ownHost(),
      { id: 'o1', spec: timedrift, params: params as unknown as Record<string, unknown> },
      { root: '/', asOf: NOW, limits, entry: AGENT_LAUNCHER }
    )
  }
  const off = await asking('30m')
  assert.deepEqual([off.state, off.verdict, off.rows.length], ['done', 'yes', 1], JSON.stringify(off))
  assert.ok(Math.abs(Number(off.rows[0]!['offset']) - 3_600_000) < 60_000)
  assert.equal((await asking('3h')).verdict, 'no')
})

test('what is no server and no drift is refused', () => {
  for (const flags of [
    { drift: '5' },
    { drift: '1ms' },
    { server: [''] },
    { server: ['a b'] },
    { server: ['a:0'] },
    { server: ['a:99999'] },
    { server: ['1.2.3'] },
    { server: ['a..b'] },
    { server: ['fe80::1%lo'] },
    { server: ['a', 'b', 'c', 'd', 'e'] }
  ])
    assert.throws(
      () => timedrift.fromFlags(flags, NOW),
      error => codeOf(error) === 'bad-params',
      JSON.stringify(flags)
    )
  const { servers } = timedrift.fromFlags(
    { server: ['[2001:db8::1]:1123', '2001:db8::2', 'a.b.', '192.0.2.1:9'] },
    NOW
  )
  assert.deepEqual(servers, [
    { host: '2001:db8::1', port: 1123 },
    { host: '2001:db8::2' },
    { host: 'a.b.' },
    { host: '192.0.2.1', port: 9 }
  ])
})
