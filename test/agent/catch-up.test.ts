import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catchUp, fetchCharters } from '../../agent/catch-up.ts'
import { GumshoeError } from '../../src/errors.ts'
import type { CharterChain } from '../../src/trust/charter-chain.ts'
import { testClient } from '../support/agent-parts.ts'

const envelope = (n: number) => new Uint8Array([n])
const PEER = '12D3KooWEqnTdgDrm7WGUf9UGNQsDQhLaJ9zUbkyFSJtbBnLDQzB'

/** A chain of which only the version counts; what is taken as a charter raises it. */
const counting = (version = 1) => {
  const current = { charter: { version } }
  const taken: number[] = []
  return {
    chain: { current } as unknown as CharterChain,
    taken,
    judge: {
      take: async (raw: Uint8Array) => {
        taken.push(raw[0]!)
        if (raw[0] === current.charter.version + 1) current.charter.version++
        return { gossip: 'accept' as const, code: undefined }
      },
      known: () => ['have']
    }
  }
}

test('charters are taken in order, as many pages as there are', async () => {
  const { chain, judge, taken } = counting()
  const asked: number[] = []
  const client = testClient(PEER, {
    charters: async above => {
      asked.push(above)
      return above >= 5 ? [] : [envelope(above + 1), envelope(above + 2)]
    }
  })
  await fetchCharters(client, { chain, judge })
  assert.deepEqual(taken, [2, 3, 4, 5])
  assert.deepEqual(asked, [1, 3, 5])
})

test('a node that sends the same charters for ever is left', async () => {
  const { chain, judge, taken } = counting(9)
  await fetchCharters(testClient(PEER, { charters: async () => [envelope(3)] }), { chain, judge })
  assert.deepEqual(taken, [3])
})

test('charters come first, then cancels, then what is open; one that can’t be had hinders no other, and is told', async () => {
  const { chain, judge, taken } = counting()
  const client = testClient(PEER, {
    charters: async above => (above === 1 ? [envelope(2)] : []),
    open: async (topics, have) => {
      assert.deepEqual([topics, have], [['role=web'], ['have']])
      return { missing: ['a', 'b', 'c', 'd'], cancels: [envelope(50)] }
    },
    want: async id => {
      if (id === 'b') throw new GumshoeError('timeout', 'late')
      if (id === 'c') return undefined
      return { envelope: envelope(id === 'a' ? 100 : 101) }
    }
  })
  const components = { chain, judge, tags: ['role=web'], now: () => 0, log: () => undefined }
  await assert.rejects(catchUp(client, components), { code: 'timeout' })
  assert.deepEqual(taken, [2, 50, 100, 101])
  const whole = testClient(PEER, {
    open: async () => ({ missing: ['a', 'c'], cancels: [] }),
    want: async id => (id === 'a' ? { envelope: envelope(102) } : undefined)
  })
  assert.equal(await catchUp(whole, components), 1)
})
