import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rpmFilesOf } from '../../../../../src/modules/lib/packages/rpm-files.ts'
import { rpmHeader } from '../../../../support/package-files.ts'

const HEADER = rpmHeader({
  name: 'a',
  algorithm: 8,
  files: { '/etc/a': '00', '/etc/b': '', '/usr/bin/a': 'ff' }
})

test('files stand with their digests', () => {
  const { name, algorithm, files } = rpmFilesOf(HEADER)!
  assert.deepEqual([name, algorithm], ['a', 'sha256'])
  assert.deepEqual(
    [...files()],
    [
      { path: '/etc/a', digest: '00' },
      { path: '/etc/b', digest: '' },
      { path: '/usr/bin/a', digest: 'ff' }
    ]
  )
  assert.equal(
    rpmFilesOf(rpmHeader({ name: 'b', algorithm: 99, files: { '/x': '1' } }))!.algorithm,
    undefined
  )
})

test('any damage ends with fewer files, and never with more than there are bytes', () => {
  const changes = fc.array(fc.tuple(fc.nat(HEADER.length - 1), fc.integer({ min: 0, max: 255 })), {
    maxLength: 20
  })
  fc.assert(
    fc.property(changes, fc.nat(HEADER.length), (changes, length) => {
      const bytes = Buffer.from(HEADER)
      for (const [at, byte] of changes) bytes[at] = byte
      const list = rpmFilesOf(bytes.subarray(0, length % 2 === 0 ? bytes.length : length))
      const files = list === undefined ? [] : [...list.files()]
      assert.ok(
        files.length <= HEADER.length &&
          files.every(({ path, digest }) => path !== undefined && digest !== undefined)
      )
    })
  )
})
