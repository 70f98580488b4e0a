import assert from 'node:assert/strict'
import { BlockList, isIP } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalAddress, canonicalNetwork, inNetwork } from '../../../../src/documents/target/address.ts'

test('addresses have one form; what only some programs read is refused', () => {
  for (const [text, canonical] of [
    ['10.0.0.1', '10.0.0.1'],
    ['FE80::1', 'fe80::1'],
    ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
    ['::ffff:a00:1', '10.0.0.1']
  ] as const)
    assert.equal(canonicalAddress(text), canonical)
  for (const text of [
    '010.0.0.1',
    '10.1',
    '10',
    '0x0a.0.0.1',
    '1.2.3.4.5',
    '1.2.3.256',
    '::1.2.3.4',
    'fe80::1%eth0',
    '',
    'web',
    '10.0.0.0/8',
    ' 10.0.0.1'
  ])
    assert.equal(canonicalAddress(text), undefined, text)
})

test('a network holds the addresses that node itself puts into it', () => {
  const v4 = fc.tuple(fc.ipV4(), fc.ipV4(), fc.integer({ min: 1, max: 32 }))
  const v6 = fc
    .tuple(fc.ipV6(), fc.ipV6(), fc.integer({ min: 1, max: 128 }))
    .filter(([a, b]) => ![a, b].some(x => /[.%]/.test(x) || canonicalAddress(x)?.includes('.')))
  let inside = 0
  fc.assert(
    fc.property(fc.oneof(v4, v6), fc.boolean(), ([base, other], own) => {
      const bits = 1 + ((base.length * 7 + other.length) % (base.includes(':') ? 128 : 32))
      const cut = canonicalNetwork(`${base}/${bits}`)
      assert.ok(cut !== undefined)
      const network = 'network' in cut ? cut.network : cut.outside
      const family = isIP(base) === 6 ? 'ipv6' : 'ipv4'
      const list = new BlockList()
      list.addSubnet(network.split('/')[0]!, bits, family)
      const address = own ? base : other
      assert.equal(
        inNetwork(canonicalAddress(address)!, network),
        list.check(address, family),
        `${address} in ${network}`
      )
      if (list.check(address, family)) inside++
    }),
    { numRuns: 1_000 }
  )
  assert.ok(inside > 100)
})

test('prefixes and families', () => {
  assert.deepEqual(canonicalNetwork('10.0.0.0/8'), { network: '10.0.0.0/8' })
  assert.deepEqual(canonicalNetwork('10.1.0.0/8'), { outside: '10.0.0.0/8' })
  assert.deepEqual(canonicalNetwork('10.1.2.3'), { network: '10.1.2.3' })
  assert.deepEqual(canonicalNetwork('::/0'), { network: '::/0' })
  for (const text of [
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '::/129',
    '10.0.0.0/8/8',
    'x/8'
  ])
    assert.equal(canonicalNetwork(text), undefined, text)
  assert.equal(inNetwork('10.0.0.1', '::/0'), false)
  assert.equal(inNetwork('not an address', '0.0.0.0/0'), false)
})
