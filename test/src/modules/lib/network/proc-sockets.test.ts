import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressOf, parseSocket, socketText } from '../../../../../src/modules/lib/network/proc-sockets.ts'

test('sockets as the kernel writes them', () => {
  assert.equal(addressOf('0100007F'), '127.0.0.1')
  assert.equal(addressOf('00000000000000000000000001000000'), '::1')
  assert.equal(addressOf('00000000000000000000000000000000'), '::')
  assert.equal(addressOf('0000000000000000FFFF00000100007F'), '127.0.0.1')
  assert.equal(addressOf('B80D0120000000000000000001000000'), '2001:db8::1')
  const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0000000000000000 100 0 0 10 0
   1: 0100007F:A000 0200007F:01BB 01 00000000:00000000 00:00000000 00000000     0        0 12346 1 0000000000000000 20 4 30 10 -1
   2: nonsense`
  const [listening, connected, ...more] = text.split('\n').flatMap(line => parseSocket('tcp', line) ?? [])
  assert.deepEqual(more, [])
  assert.deepEqual([listening!.inode, listening!.uid], [12345, 1000])
  assert.deepEqual(
    [socketText(listening!), socketText(connected!)],
    ['tcp listen 127.0.0.1:8080', 'tcp established 127.0.0.1:40960 127.0.0.2:443']
  )
})
