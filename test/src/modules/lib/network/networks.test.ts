import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalAddress, canonicalNetwork, inNetwork } from '../../../../../src/documents/target/address.ts'
import { isNetwork, networksOf, parseNetwork } from '../../../../../src/modules/lib/network/networks.ts'

test('an address lies in one that is wanted and in none that is excluded', () => {
  const { holds, asked } = networksOf(['10.0.0.0/8', '2001:db8::/32', '!10.1.0.0/16'])('10.2.0.1')
  assert.deepEqual([holds, asked], [true, '10.0.0.0/8'])
  const judge = (networks: string[], address: string) => networksOf(networks)(address).holds
  assert.equal(judge(['10.0.0.0/8', '!10.1.0.0/16'], '10.1.2.3'), false)
  assert.equal(judge(['!10.0.0.0/8'], '192.0.2.1'), true)
  assert.equal(judge(['0.0.0.0/0'], '2001:db8::1'), false)
  // An IPv4-mapped address is told as its IPv4 one; what is no address is in none.
  assert.equal(judge(['10.0.0.0/8'], '::ffff:10.0.0.1'), false)
  assert.equal(judge(['10.0.0.0/8'], ''), false)
})

test('what is typed becomes canonical, or is refused', () => {
  assert.deepEqual(parseNetwork('x', '!2001:DB8:0::/32'), ['!2001:db8::/32'])
  assert.ok(parseNetwork('x', '!private').every(text => text.startsWith('!') && isNetwork(text)))
  for (const wrong of [
    '',
    '!',
    '!!10.0.0.1',
    '10.0.0.1/33',
    '010.0.0.1',
    '10.0.0',
    'fe80::1%eth0',
    '10.0.0.1/8'
  ])
    assert.throws(() => parseNetwork('x', wrong), /--x/, wrong)
  for (const wrong of ['', '!', 'private', '10.0.0.1/8', '2001:DB8::/32'])
    assert.equal(isNetwork(wrong), false)
})

test('it judges as targets do, whatever the address and the prefix', () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6())
  fc.assert(
    fc.property(address, address, fc.nat(128), (one, other, length) => {
      const [host, base] = [canonicalAddress(one), canonicalAddress(other)]
      if (host === undefined || base === undefined) return
      const read = canonicalNetwork(`${base}/${base.includes(':') ? length : length % 33}`)!
      const network = 'outside' in read ? read.outside : read.network
      for (const each of [host, network.split('/')[0]!])
        assert.equal(networksOf([network])(each).holds, inNetwork(each, network), `${each} ${network}`)
    }),
    { numRuns: 2_000 }
  )
})
