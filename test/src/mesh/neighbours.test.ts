import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import { systemClock } from '../../../src/clock.ts'
import { LIMITS } from '../../../src/limits.ts'
import { Neighbours } from '../../../src/mesh/neighbours.ts'
import type { SyncClient } from '../../../src/mesh/sync/ports.ts'
import { eventually } from '../../support/members.ts'

const scene = (told: string[][]) => {
  const state = {
    chosen: new Set<string>(),
    inbound: new Set<string>(),
    down: new Set<string>(),
    dials: [] as string[],
    hubs: told.map(names => ({ neighbours: async () => names.map(name => `/dns4/x/tcp/1/p2p/${name}`) }))
  }
  const neighbours = new Neighbours({
    clock: {
      ...systemClock,
      sleep: async (_, signal) => {
        await tick(undefined, { signal })
      }
    },
    self: 'me',
    chosen: () => [...state.chosen],
    connected: peer => state.chosen.has(peer) || state.inbound.has(peer),
    hubs: async () => state.hubs as unknown as SyncClient[],
    dial: async address => {
      const peer = address.split('/').at(-1)!
      state.dials.push(peer)
      if (state.down.has(peer)) throw new Error('down')
      state.chosen.add(peer)
    },
    random: Math.random,
    failed: () => undefined
  })
  return { neighbours, state }
}

test('a few are kept, never itself, and those that dialled us are not dialled back', async () => {
  const { neighbours, state } = scene([['me', 'a', 'b', 'c', 'd', 'e', 'sybil'], ['f']])
  state.inbound.add('sybil')
  neighbours.start()
  await eventually('enough are there', () => state.chosen.size === LIMITS.neighbours)
  for (let i = 0; i < 20; i++) await tick()
  await neighbours.stop()
  assert.equal(state.chosen.size, LIMITS.neighbours)
  assert.ok(!state.dials.includes('me') && !state.dials.includes('sybil'))
})

test('when the hubs are gone, lost ones are replaced by what was learnt before', async () => {
  const { neighbours, state } = scene([['a', 'b', 'c', 'd', 'e']])
  neighbours.start()
  await eventually('enough are there', () => state.chosen.size === LIMITS.neighbours)
  state.hubs = []
  const lost = [...state.chosen]
  for (const peer of lost) state.down.add(peer)
  state.chosen.clear()
  await eventually('others are there', () => state.chosen.size === 2)
  await neighbours.stop()
  assert.ok(lost.every(peer => !state.chosen.has(peer)))
})

test('a dead address is given up, so that a liar’s list is not dialled for ever', async () => {
  const { neighbours, state } = scene([['x', 'y']])
  state.down.add('x').add('y')
  neighbours.start()
  await eventually('both were tried', () => state.dials.length >= 6)
  state.hubs = []
  await eventually('they are forgotten', async () => {
    const before = state.dials.length
    for (let i = 0; i < 20; i++) await tick()
    return state.dials.length === before
  })
  await neighbours.stop()
})
