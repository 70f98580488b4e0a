import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  Boundary,
  fileSystemOf,
  kindOfType,
  readMounts
} from '../../../../../src/modules/lib/host/filesystems.ts'
import { askFile, plant } from '../../../../support/ask-file.ts'

test('types by name', () => {
  for (const type of ['ext4', 'xfs', 'btrfs', 'overlay', 'tmpfs', 'fuseblk', 'zfs', 'vfat', 'squashfs'])
    assert.equal(kindOfType(type), 'storage', type)
  for (const type of ['proc', 'sysfs', 'cgroup2', 'devpts', 'bpf', 'nsfs'])
    assert.equal(kindOfType(type), 'pseudo', type)
  for (const type of ['nfs', 'nfs4', 'cifs', 'ceph', '9p', 'autofs', 'fuse.sshfs', 'fuse'])
    assert.equal(kindOfType(type), 'network', type)
})

test('the table of mounts: escapes, options in the middle, the last one on a point wins', t => {
  const root = plant(t)
  const table = join(root, 'mountinfo')
  writeFileSync(
    table,
    [
      '22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw',
      '23 22 0:4 / /proc rw,nosuid shared:2 master:1 - proc proc rw',
      '24 22 0:9 / /mnt/my\\040share rw - nfs4 srv:/x rw',
      '25 22 0:10 / /x rw - nfs srv:/y rw',
      '26 25 8:2 / /x rw - ext4 /dev/sdb rw',
      'nonsense',
      ''
    ].join('\n')
  )
  const mounts = readMounts(table)
  assert.deepEqual(
    [...mounts],
    [
      ['/', 'storage'],
      ['/proc', 'pseudo'],
      ['/mnt/my share', 'network'],
      ['/x', 'storage']
    ]
  )
  assert.equal(readMounts(join(root, 'none')).size, 0)
  const boundary = new Boundary('/', new Set(), mounts)
  assert.equal(boundary.refusedAt(Buffer.from('/mnt/my share')), 'network')
  assert.equal(boundary.refusedAt(Buffer.from('/proc')), 'pseudo')
  assert.equal(boundary.refusedAt(Buffer.from('')), undefined)
  assert.equal(boundary.refusedAt(Buffer.from('/x')), undefined)
  assert.equal(
    new Boundary('/', new Set(['network']), mounts).refusedAt(Buffer.from('/mnt/my share')),
    undefined
  )
  assert.equal(
    new Boundary('/mnt', new Set(), mounts).refusedAt(Buffer.from('/my share')),
    'network',
    'below a root'
  )
})

test('what the kernel says of itself and of a disk', t => {
  if (process.platform !== 'linux') return
  assert.equal(fileSystemOf('/proc'), 'pseudo')
  assert.equal(fileSystemOf(plant(t)), 'storage')
})

test('a file of the kernel is not read, even where a walk gets at it by name', async () => {
  const { rows, outcome } = await askFile('/', {
    path: ['/proc/self/environ', '/proc/version'],
    content: ['.']
  })
  assert.deepEqual([rows.length, outcome.coverage.skipped], [0, 2])
  assert.equal(outcome.errors['pseudo'], 2)
})
