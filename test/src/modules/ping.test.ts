import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { codeOf, GumshoeError } from '../../../src/errors.ts'
import { ping } from '../../../src/modules/ping.ts'
import type { Host, Outcome, Row } from '../../../src/modules/spec.ts'
import { type RunResult, run, verdictOf } from '../../../src/run/run.ts'
import { ownHost } from '../../../src/trust/permit.ts'
import { ROOT } from '../../source-tree.ts'
import { type FakeNet, fakeNet } from '../../support/fake-machines.ts'
import { AGENT_LAUNCHER } from '../../support/launchers.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')
const limits = ping.limits.defaults

const ask = async (flags: Record<string, unknown>, network: FakeNet, more: Partial<Host> = {}) => {
  const net = fakeNet(network)
  const params = ping.fromFlags({ destination: '192.0.2.1', spread: 0, apart: 100, ...flags }, NOW)
  const host = { root: '/', signal: new AbortController().signal, asOf: NOW, limits, net, ...more }
  const rows: Row[] = []
  const running = ping.run(params, host)
  for (;;) {
    const next = await running.next()
    if (!next.done) rows.push(next.value)
    else {
      const outcome: Outcome = next.value
      const verdict = verdictOf(outcome.found, outcome.coverage, outcome.limit !== undefined)
      return { rows, outcome, verdict, sent: net.sent }
    }
  }
}

const echoed = (question: Buffer): Buffer => {
  const answer = Buffer.from(question)
  answer[0] = question[0] === 8 ? 0 : 129
  return answer
}

test('reached, refused and silent, by each protocol', async () => {
  const tcp = await ask({ port: 80 }, { open: 2 })
  assert.deepEqual([tcp.verdict, tcp.outcome.errors, tcp.sent.length], ['yes', { refused: 1 }, 3])
  assert.deepEqual(
    [tcp.rows[0]!['sent'], tcp.rows[0]!['answered'], tcp.rows[0]!['address']],
    [3, 2, '192.0.2.1']
  )
  assert.deepEqual([(await ask({ port: 80 }, {})).verdict, (await ask({ port: 80 }, {})).rows], ['no', []])
  const udp = { protocol: 'udp', port: 53 }
  assert.equal((await ask(udp, { answer: () => Buffer.from('x') })).verdict, 'yes')
  // Nobody can say whether a datagram that nobody answers has come.
  const quiet = await ask(udp, { answer: () => undefined })
  assert.deepEqual([quiet.verdict, quiet.outcome.errors], ['partial', { silent: 3 }])
  assert.equal((await ask({}, { answer: echoed })).verdict, 'yes')
  assert.equal((await ask({ destination: '2001:db8::1' }, { answer: echoed })).verdict, 'yes')
  assert.equal((await ask({}, { answer: () => undefined })).verdict, 'no')
  // What others send us is no echo of ours.
  assert.equal((await ask({}, { answer: question => echoed(question).fill(0, 8) })).verdict, 'no')
  assert.equal((await ask({}, { answer: question => question })).verdict, 'no')
  assert.equal((await ask({}, { answer: () => Buffer.alloc(0) })).verdict, 'no')
})

test('a host sends no more than the policy lets it, and one that stops sends nothing more', async () => {
  const few = await ask({ port: 80, count: 5 }, { open: 9 }, { limits: { ...limits, entries: 2 } })
  assert.deepEqual([few.sent.length, few.outcome.limit, few.verdict], [2, 'limit-entries', 'yes'])
  const stop = new AbortController()
  stop.abort(new GumshoeError('limit-wall', 'The wall-time limit is reached.'))
  const stopped = await ask({ port: 80 }, { open: 9 }, { signal: stop.signal })
  assert.deepEqual([stopped.sent, stopped.outcome.limit], [[], 'limit-wall'])
  const later = new AbortController()
  setTimeout(() => later.abort(new GumshoeError('limit-wall', 'The wall-time limit is reached.')), 150)
  const ended = await ask({ port: 80, count: 10, apart: 10_000 }, { open: 9 }, { signal: later.signal })
  assert.deepEqual([ended.sent.length, ended.outcome.limit, ended.rows.length], [1, 'limit-wall', 1])
})

const inFence = (flags: Record<string, unknown>): Promise<RunResult> => {
  const params = ping.fromFlags({ spread: 0, apart: 100, ...flags }, NOW) as unknown as Record<
    string,
    unknown
  >
  return run(
    ownHost(),
    { id: 'o1', spec: ping, params },
    { root: '/', asOf: NOW, limits, entry: AGENT_LAUNCHER }
  )
}

test('a port of this machine is reached from behind the fence, by name too, and a closed one is not', async t => {
  const server = createServer(socket => socket.destroy()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const open = await inFence({ destination: '127.0.0.1', port })
  assert.deepEqual(
    [open.state, open.verdict, open.rows[0]?.['answered']],
    ['done', 'yes', 3],
    JSON.stringify(open)
  )
  const named = await inFence({ destination: 'localhost', port, count: 1 })
  assert.equal(named.code ?? named.verdict, 'yes', JSON.stringify(named))
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const closed = (other.address() as { port: number }).port
  other.close()
  await once(other, 'close')
  const no = await inFence({ destination: '127.0.0.1', port: closed, protocol: 'udp', count: 2 })
  assert.deepEqual([no.verdict, no.errors], ['no', { refused: 2 }], JSON.stringify(no))
})

/** Asks three times in a network of its own, in which the range of groups is ours to set; gone with this process. */
const IN_A_NETWORK = `
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
const { ping } = await import('${join(ROOT, 'src/modules/ping.ts')}')
const { run } = await import('${join(ROOT, 'src/run/run.ts')}')
const { ownHost } = await import('${join(ROOT, 'src/trust/permit.ts')}')
const ask = async (range, destination) => {
  writeFileSync('/proc/sys/net/ipv4/ping_group_range', range)
  const params = ping.fromFlags({ destination, spread: 0, count: 1 }, 0)
  const asked = { id: 'o1', spec: ping, params }
  const { state, verdict, code } = await run(ownHost(), asked, { root: '/', asOf: 0, limits: ping.limits.defaults, entry: '${AGENT_LAUNCHER}' })
  return [state, verdict ?? code]
}
if (spawnSync('ip', ['link', 'set', 'lo', 'up']).status !== 0) process.exit(77)
const all = '0 2147483647'
console.log(JSON.stringify([await ask(all, '127.0.0.1'), await ask(all, '::1'), await ask('1 0', '127.0.0.1')]))
`

test('ICMP goes where the kernel lets everybody send it, and is unsupported where it does not', t => {
  const words = ['--net', process.execPath, '--input-type=module', '-e', IN_A_NETWORK]
  const { status, stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8' })
  if (status === 77 || status === null || /^unshare/.test(stderr))
    return t.diagnostic('no network of its own can be made here')
  assert.deepEqual(
    JSON.parse(stdout || '[]'),
    [
      ['done', 'yes'],
      ['done', 'yes'],
      ['error', 'unsupported']
    ],
    stderr
  )
})

test('what is no question is refused', () => {
  for (const flags of [
    {},
    { port: 80 },
    { destination: 'a', protocol: 'tcp' },
    { destination: 'a', protocol: 'icmp', port: 1 },
    { destination: 'a', port: 0 },
    { destination: 'a', port: 80, count: 11 },
    { destination: 'a', port: 80, apart: 99 },
    { destination: 'a', port: 80, spread: 30_001 },
    { destination: 'a b', port: 80 },
    { destination: '1', port: 80 },
    { destination: '0x7f.1', port: 80 }
  ])
    assert.throws(
      () => ping.fromFlags(flags, NOW),
      error => codeOf(error) === 'bad-params',
      JSON.stringify(flags)
    )
})
