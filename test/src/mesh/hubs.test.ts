import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import { type Clock, systemClock } from '../../../src/clock.ts'
import { LIMITS } from '../../../src/limits.ts'
import { Hubs } from '../../../src/mesh/hubs.ts'
import { eventually } from '../../support/members.ts'

/** Sleeps that last no time and are written down. */
const quickClock = (slept: number[]): Clock => ({
  ...systemClock,
  sleep: async (ms, signal) => {
    slept.push(ms)
    await tick(undefined, { signal })
  }
})

const scene = (names: string[], self = 'me', all = false, random = 0.5) => {
  const state = {
    charter: new Map(names.map(name => [name, [`/${name}`]])),
    up: new Set(names),
    connected: new Set<string>(),
    dials: [] as string[],
    slept: [] as number[]
  }
  const hubs = new Hubs(self, all, {
    clock: quickClock(state.slept),
    hubs: () => state.charter,
    connected: peer => state.connected.has(peer),
    dial: async address => {
      const peer = address.slice(1)
      state.dials.push(peer)
      if (!state.up.has(peer)) throw new Error('down')
      state.connected.add(peer)
    },
    random: () => random,
    failed: () => undefined
  })
  return { hubs, state }
}
const TEN = Array.from({ length: 10 }, (_, i) => `h${i}`)

test('all of a small charter are kept, our own peer left out', async () => {
  const { hubs, state } = scene(['a', 'b', 'me'])
  hubs.update()
  await eventually('both are there', () => state.connected.size === 2)
  await hubs.stop()
  assert.ok(!state.dials.includes('me'))
})

test('of a large charter three are kept, spread over the fleet; hubs keep all others', async () => {
  const chosen = new Map<string, number>()
  for (let agent = 0; agent < 200; agent++) {
    const wanted = scene(TEN, `agent ${agent}`).hubs.wanted()
    assert.equal(wanted.length, 3)
    for (const peer of wanted) chosen.set(peer, (chosen.get(peer) ?? 0) + 1)
  }
  assert.equal(chosen.size, 10)
  assert.ok(Math.max(...chosen.values()) < 2 * Math.min(...chosen.values()), JSON.stringify([...chosen]))
  assert.equal(scene(TEN, 'h3', true).hubs.wanted().length, 9)
})

test('another one takes the place of one that is down, until it is back', async () => {
  const { hubs, state } = scene(TEN)
  const [first, ...rest] = hubs.wanted()
  state.up.delete(first!)
  hubs.update()
  await eventually('three are there', () => state.connected.size === 3)
  assert.ok(rest.every(peer => state.connected.has(peer)))
  state.up.add(first!)
  await eventually('the first is there too', () => state.connected.has(first!))
  assert.equal(hubs.wanted().length, 3)
  await hubs.stop()
})

test('it dials for ever, slower up to a bound', async () => {
  const { hubs, state } = scene(['a'])
  state.up.clear()
  hubs.update()
  await eventually('many dials', () => state.dials.length > 50)
  assert.equal(state.slept[0], LIMITS.redialMinMs)
  assert.equal(Math.max(...state.slept), LIMITS.redialMaxMs)
  state.up.add('a')
  await eventually('it is there', () => state.connected.has('a'))
  state.connected.clear()
  const before = state.dials.length
  hubs.wake()
  await eventually('it is dialled again', () => state.dials.length > before)
  await hubs.stop()
  const ended = state.dials.length
  await tick()
  assert.equal(state.dials.length, ended)
})

test('a hub that left the charter is dialled no more, a new one is', async () => {
  const { hubs, state } = scene(['a', 'b'])
  state.up.delete('a')
  hubs.update()
  await eventually('b is there', () => state.connected.has('b'))
  state.charter.delete('a')
  state.charter.set('c', ['/c'])
  state.up.add('c')
  hubs.update()
  await eventually('c is there', () => state.connected.has('c'))
  const before = state.dials.filter(peer => peer === 'a').length
  for (let i = 0; i < 20; i++) await tick()
  assert.ok(state.dials.filter(peer => peer === 'a').length <= before + 1)
  await hubs.stop()
})

test('chaos network: chance makes no wait longer than a healed wire may wait', async () => {
  const { hubs, state } = scene(['a'], 'me', false, 0.99)
  state.up.clear()
  hubs.update()
  await eventually('it was tried often', () => state.dials.length > 12)
  await hubs.stop()
  assert.equal(Math.max(...state.slept), LIMITS.redialMaxMs)
})
