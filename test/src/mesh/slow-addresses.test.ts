import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/clock.ts'
import { LIMITS } from '../../../src/limits.ts'
import { SLOW, SlowAddresses } from '../../../src/mesh/slow-addresses.ts'

const HERE = '/ip4/192.0.2.7/tcp/40001'
const { expulsions, perSecond } = SLOW

const start = () => {
  const clock = { ...systemClock, at: 0, monotonic: () => clock.at }
  const slow = new SlowAddresses(clock)
  const expel = (address: string, times: number) => {
    for (let i = 0; i < times; i++) slow.expelledFrom(address)
  }
  return { clock, slow, expel }
}

test('a few expelled members slow nobody down', () => {
  const { slow, expel } = start()
  expel(HERE, expulsions - 1)
  for (let i = 0; i < 1_000; i++) assert.equal(slow.refuses(HERE), false)
})

test('where many were expelled so many a second come in, whatever their ports, and elsewhere everyone', () => {
  const { clock, slow, expel } = start()
  expel(HERE, expulsions)
  let [inside, elsewhere] = [0, 0]
  for (let i = 0; i < 1_000; i++) {
    clock.at += 10
    if (!slow.refuses(`/ip4/192.0.2.7/tcp/${40_000 + i}`)) inside++
    if (!slow.refuses('/ip4/192.0.2.8/tcp/40001')) elsewhere++
  }
  assert.equal(inside, 10 * perSecond)
  assert.equal(elsewhere, 1_000)
})

test('of IPv6 a network of 64 bits counts as one', () => {
  const { slow, expel } = start()
  for (let i = 0; i < expulsions; i++) expel(`/ip6/2001:db8:0:1::${i + 1}/tcp/1`, 1)
  assert.equal(slow.refuses('/ip6/2001:db8:0:1:ffff::9/tcp/2'), true)
  assert.equal(slow.refuses('/ip6/2001:db8:0:2::1/tcp/2'), false)
})

test('when the last expulsion is forgotten the address is free, and counts from one again', () => {
  const { clock, slow, expel } = start()
  expel(HERE, expulsions)
  clock.at += LIMITS.expelledMs + 1
  assert.equal(slow.refuses(HERE), false)
  expel(HERE, 1)
  for (let i = 0; i < 100; i++) assert.equal(slow.refuses(HERE), false)
})

test('addresses without number fill no memory: the first are forgotten', () => {
  const { slow, expel } = start()
  expel(HERE, expulsions)
  for (let i = 0; i < SLOW.addresses; i++) expel(`/ip4/10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/tcp/1`, 1)
  assert.equal(slow.refuses(HERE), false)
})
