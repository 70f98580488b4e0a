import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mappedFiles } from '../../../../../src/modules/lib/processes/proc-process.ts'

test('mapped files once each, with line ends in their names', () => {
  const maps = [
    '7f00-7f01 r-xp 00000000 fe:00 12                       /usr/lib/libc.so.6',
    '7f01-7f02 rw-p 00001000 fe:00 12                       /usr/lib/libc.so.6',
    '7f02-7f03 rw-p 00000000 00:00 0 ',
    '7f03-7f04 rw-p 00000000 00:00 0                        [heap]',
    '7f04-7f05 r-xp 00000000 00:01 9                        /tmp/a\\012b (deleted)'
  ].join('\n')
  assert.deepEqual(mappedFiles(Buffer.from(maps)).map(String), ['/usr/lib/libc.so.6', '/tmp/a\nb (deleted)'])
})
