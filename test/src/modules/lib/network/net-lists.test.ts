import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  ownAddresses,
  parseAddress6,
  parseNameServer,
  parseNeighbour,
  parsePacketSocket,
  parseRoute,
  parseRoute6,
  parseTraffic
} from '../../../../../src/modules/lib/network/net-lists.ts'
import { parseSocket } from '../../../../../src/modules/lib/network/proc-sockets.ts'

test('lines as a kernel writes them', () => {
  assert.deepEqual(parseTraffic('br-1.5:0: 7 1 0 0 0 0 0 0        8    1 0 0 0 0 0 0'), {
    name: 'br-1.5:0',
    received: 7,
    sent: 8
  })
  assert.deepEqual(parseNeighbour('192.0.2.1 0x1 0x6 02:FC:00:00:00:05     *        eth0'), {
    address: '192.0.2.1',
    mac: '02:fc:00:00:00:05',
    name: 'eth0'
  })
  assert.deepEqual(parseAddress6('20010db8000000000000000000000001 1f4 40 00 80 wlan0'), {
    address: '2001:db8::1',
    index: 0x1f4,
    name: 'wlan0'
  })
  const route6 =
    '00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000003 00000000 00000003     eth0'
  assert.deepEqual(parseRoute6(route6), {
    name: 'eth0',
    destination: '::/0',
    gateway: 'fe80::1',
    metric: 1_024
  })
  // One that leads nowhere: `unreachable`.
  assert.equal(parseRoute6(route6.replace('00000003     eth0', '00200200       lo')), undefined)
  assert.deepEqual(parseRoute('eth1\t0000A8C0\t00000000\t0001\t0\t0\t-1\t0000FFFF\t0\t0\t0'), {
    name: 'eth1',
    destination: '192.168.0.0/16',
    metric: -1
  })
  assert.deepEqual(parsePacketSocket('ffff8880 3      3    88cc   2     1 0      107    4711  '), {
    interfaceIndex: 2,
    uid: 107,
    inode: 4711
  })
  assert.deepEqual(
    ['nameserver 192.0.2.53', 'nameserver fe80::1%eth0', '# nameserver 1.1.1.1', 'options ndots:1'].map(
      parseNameServer
    ),
    ['192.0.2.53', 'fe80::1', undefined, undefined]
  )
  const trie = [
    'Main:',
    '     |-- 10.0.0.7',
    '        /32 host LOCAL',
    'Local:',
    '     |-- 10.0.0.7',
    '        /32 host LOCAL'
  ]
  assert.deepEqual([...ownAddresses(trie)], ['10.0.0.7'])
})

test('whatever a line holds, it is read or is none, and never throws', () => {
  const parsers = [
    parseTraffic,
    parseNeighbour,
    parseAddress6,
    parseRoute,
    parseRoute6,
    parsePacketSocket,
    parseNameServer,
    (line: string) => parseSocket('tcp', line)
  ]
  const word = fc.constantFrom(
    '0A',
    '00000000',
    '0x2',
    ':',
    ' ',
    '\t',
    '10.0.0.1',
    'eth0',
    'f'.repeat(32),
    '*',
    '-'
  )
  const line = fc.oneof(
    fc.string(),
    fc.array(word).map(words => words.join(' '))
  )
  fc.assert(
    fc.property(line, text => {
      for (const parse of parsers) parse(text)
      for (const address of ownAddresses([text, '/32 host LOCAL'])) assert.match(address, /^[\d.]+$/)
    }),
    { numRuns: 2_000 }
  )
})
