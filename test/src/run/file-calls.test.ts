import assert from 'node:assert/strict'
import {
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FileCalls } from '../../../src/modules/lib/host/file-calls.ts'
import { fileCalls } from '../../../src/run/file-calls.ts'
import { plant } from '../../support/ask-file.ts'

const here = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)
const calls = (await fileCalls()) as FileCalls
const name = (text: string) => Buffer.from(text)
const ABSOLUTE = -1

test('there are such calls where there is a native part, and nowhere else', () => {
  assert.equal(calls !== undefined, here)
})

if (here) {
  test('a look tells what Node tells, of files of every age and size', t => {
    const root = plant(t, { a: 'xyz', 'd/b': '' })
    symlinkSync('a', join(root, 'link'))
    utimesSync(join(root, 'a'), -1_000_000.5, -1_000_000.25)
    utimesSync(join(root, 'd/b'), 2 ** 33, 2 ** 33 + 0.125)
    const fd = calls.open(ABSOLUTE, name(root), constants.O_RDONLY | constants.O_DIRECTORY)
    const devices = new Set<number>()
    for (const path of ['a', 'd', 'd/b', 'link']) {
      const { dev, ...told } = calls.look(fd, name(path))
      const { mode, size, uid, gid, mtimeMs, ctimeMs } = lstatSync(join(root, path))
      assert.deepEqual(told, { mode, size, uid, gid, mtimeMs, ctimeMs }, path)
      devices.add(dev)
    }
    assert.equal(devices.size, 1)
    assert.equal(calls.identify(fd).ino, fstatSync(fd, { bigint: true }).ino)
    assert.notEqual(calls.look(ABSOLUTE, name('/proc')).dev, calls.lookAt(fd).dev)
    calls.close(fd)
    assert.throws(() => calls.lookAt(fd), { code: 'EBADF' })
  })

  test('a listing holds every name once, of whatever bytes', t => {
    const root = plant(t)
    const names = [
      ...Array.from({ length: 2_000 }, (_, i) => name(`${'n'.repeat(i % 250)}${i}`)),
      Buffer.from([0xff, 0x0a, 0x20])
    ]
    for (const each of names) writeFileSync(Buffer.concat([name(`${root}/`), each]), '')
    mkdirSync(join(root, 'directory'))
    const fd = calls.open(ABSOLUTE, name(root), constants.O_RDONLY | constants.O_DIRECTORY)
    const into = Buffer.alloc(32_768)
    const seen: string[] = []
    for (let end = calls.list(fd, into); end > 0; end = calls.list(fd, into))
      for (let at = 0; at < end; at += into.readUInt16LE(at + 16)) {
        const [from, kind] = [at + 19, into[at + 18]]
        const text = into.toString('latin1', from, into.indexOf(0, from))
        if (text !== '.' && text !== '..') assert.equal(kind, text === 'directory' ? 4 : 8)
        seen.push(text)
      }
    calls.close(fd)
    const wanted = readdirSync(root, { encoding: 'latin1' })
    assert.deepEqual(seen.filter(text => text !== '.' && text !== '..').sort(), wanted.sort())
  })

  test('what fails throws with the code that Node has for it; no name reaches the system that is not one', t => {
    const root = plant(t, { a: 'xyz' })
    symlinkSync('a', join(root, 'link'))
    const fd = calls.open(ABSOLUTE, name(root), constants.O_RDONLY | constants.O_DIRECTORY)
    const open = (text: string, flags: number) => () => calls.open(fd, name(text), constants.O_RDONLY | flags)
    assert.throws(open('b', 0), { code: 'ENOENT', syscall: 'open' })
    assert.throws(open('link', constants.O_NOFOLLOW), { code: 'ELOOP' })
    assert.throws(open('a', constants.O_DIRECTORY), { code: 'ENOTDIR' })
    assert.throws(open('a\0b', 0), { code: 'EINVAL' })
    assert.throws(open('x'.repeat(256), 0), { code: 'ENAMETOOLONG' })
    assert.throws(open('x'.repeat(5_000), 0), { code: 'ENAMETOOLONG' })
    assert.throws(() => calls.look(fd, name('b')), { code: 'ENOENT' })
    assert.throws(() => calls.list(fd, Buffer.alloc(8)), { code: 'EINVAL' })
    const file = calls.open(fd, name('a'), constants.O_RDONLY)
    const into = Buffer.alloc(2)
    assert.throws(() => calls.read(file, into, 3), { code: 'EINVAL' })
    assert.deepEqual([calls.read(file, into, 2), into.toString()], [2, 'xy'])
    assert.deepEqual([calls.read(file, into, 2), into.toString()], [1, 'zy'])
    assert.equal(calls.read(file, into, 2), 0)
    calls.close(file)
    calls.close(fd)
  })
}
