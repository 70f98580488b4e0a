import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Meetings } from '../../agent/meetings.ts'
import { GumshoeError } from '../../src/errors.ts'
import { eventually } from '../support/members.ts'

const late = () => new GumshoeError('timeout', 'late')

/** Meetings with nodes, where a test says what becomes of each try; waits are short and noted. */
const start = (t: TestContext, meet: (peer: string) => Promise<void>) => {
  const stop = new AbortController()
  t.after(() => stop.abort())
  const here = new Set(['n'])
  const waits: number[] = []
  const failures: string[] = []
  const meetings = new Meetings(meet, {
    clock: {
      sleep: async (ms, signal) => {
        waits.push(ms)
        await new Promise(done => setTimeout(done, 1))
        signal?.throwIfAborted()
      }
    },
    signal: stop.signal,
    isHere: peer => here.has(peer),
    failed: peer => void failures.push(peer)
  })
  return { meetings, here, waits, failures, stop }
}

test('chaos kill: a node that answers too late is met again while it stays, and not at the next round', async t => {
  let tries = 0
  const { meetings, waits, failures } = start(t, async () => {
    if (++tries < 9) throw late()
  })
  await meetings.with('n')
  assert.equal(tries, 9)
  assert.equal(failures.length, 8)
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
})

test('a node that has gone is not met, and nobody after the stop', async t => {
  let tries = 0
  const { meetings, here, stop } = start(t, async () => {
    tries++
    throw late()
  })
  const first = meetings.with('n')
  await eventually('it was tried', () => tries > 2)
  here.delete('n')
  await first
  here.add('n')
  const second = meetings.with('n')
  stop.abort(new Error('stopped'))
  await assert.rejects(second, { message: 'stopped' })
})

test('one meeting at a time; who comes again is waited for by one only', async t => {
  let under = 0
  let most = 0
  let tries = 0
  const { meetings } = start(t, async () => {
    most = Math.max(most, ++under)
    await new Promise(done => setTimeout(done, 2))
    under--
    if (++tries < 5) throw late()
  })
  await Promise.all([meetings.with('n'), meetings.with('n'), meetings.with('n')])
  assert.equal(most, 1)
  assert.equal(tries, 5)
})
