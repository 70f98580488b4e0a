import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { kindOfMapping, parseMapping } from '../../../../../src/modules/lib/memory/memory-maps.ts'
import { ProcessMemory } from '../../../../../src/modules/lib/memory/process-memory.ts'
import { ProcProcess } from '../../../../../src/modules/lib/processes/proc-process.ts'
import { readStat } from '../../../../../src/modules/lib/processes/proc-stat.ts'

/** A process that holds some bytes as often as is said, each in memory of its own. */
const holding = async (t: TestContext, bytes: Buffer, times: number): Promise<number> => {
  const source = `
    const all = []
    process.stdin.once('data', text => {
      // Turned round on the way, so that the pipe's buffers do not hold them too.
      for (let i = 0; i < ${times}; i++) all.push(Buffer.from(Buffer.from(String(text), 'hex').map(byte => byte ^ 0xff)))
      console.log('ready')
    })
    setInterval(() => all.length, 60_000)`
  const child = spawn(process.execPath, ['-e', source], { stdio: ['pipe', 'pipe', 'ignore'] })
  t.after(() => child.kill('SIGKILL'))
  child.stdin.write(Buffer.from(bytes.map(byte => byte ^ 0xff)).toString('hex'))
  await once(child.stdout, 'data')
  return child.pid!
}

const open = (pid: number, more: { carry?: number; size?: number; left?: number } = {}): ProcessMemory =>
  new ProcessMemory(new ProcProcess('/proc', readStat('/proc', pid)!), {
    into: Buffer.alloc(more.size ?? 256 * 1024),
    carry: more.carry ?? 64,
    budget: { left: more.left ?? Number.MAX_SAFE_INTEGER }
  })

test('all that a process holds comes once, in order, and what crosses a border is in one piece', async t => {
  const needle = randomBytes(40)
  const pid = await holding(t, needle, 3)
  for (const size of [8 * 1024, 100_000, 4 << 20]) {
    const memory = open(pid, { size })
    let found = 0
    let next = 0
    for (const { bytes, carried, address, last } of memory.pieces()) {
      assert.ok(address + carried >= next, 'addresses rise, and nothing comes twice')
      next = address + bytes.length
      for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1))
        if (at + needle.length > carried) {
          found++
          assert.match(memory.mappingAt(address + at)!.rights, /^rw/)
        }
      if (last) assert.ok(bytes.length > 0)
    }
    memory.close()
    assert.ok(found >= 3, `${found} in pieces of ${size}`)
    assert.deepEqual([memory.ended, [...memory.missed]], [false, []])
  }
})

test('the budget ends it with its code', async t => {
  const memory = open(await holding(t, randomBytes(8), 1), { left: 1 << 20 })
  assert.throws(() => [...memory.pieces()], { code: 'limit-bytes' })
  memory.close()
})

test('a process that ends while it is read is told as ended, and nobody else is read', async t => {
  const pid = await holding(t, randomBytes(8), 1)
  const memory = open(pid, { size: 64 * 1024 })
  const pieces = memory.pieces()
  assert.equal(pieces.next().done, false)
  process.kill(pid, 'SIGKILL')
  // It has no memory any more once it is a zombie, and its number is not given again before we have waited for it.
  for (const _ of pieces);
  assert.equal(memory.ended, true)
  memory.close()
  assert.throws(() => open(pid), { code: 'ESRCH' })
})

test('lines of maps are read or refused, whatever is in them', () => {
  const name = Buffer.from([0x2f, 0xff, 0x20, 0x28])
  const line = Buffer.concat([Buffer.from('7f0000000000-7f0000001000 rw-s 00001000 fd:01 7   '), name])
  assert.deepEqual(parseMapping(line), { from: 0x7f0000000000, to: 0x7f0000001000, rights: 'rw-s', name })
  assert.equal(parseMapping(Buffer.from('1000-2000 rw-p 0 00:00 0'))?.name.length, 0)
  assert.equal(parseMapping(Buffer.from('1000-2000 rw-p 0 00:00 0 /a\\012b'))?.name.toString(), '/a\nb')
  for (const wrong of [
    '',
    '2000-1000 rw-p 0 0:0 0',
    '1000-2000 rwxp',
    '1000-2000 rwwp 0 0:0 0',
    '-2000 rw-p 0 0:0 0'
  ])
    assert.equal(parseMapping(Buffer.from(wrong)), undefined, wrong)
  fc.assert(fc.property(fc.uint8Array(), bytes => void parseMapping(Buffer.from(bytes))))
})

test('memory of devices and of the kernel is told from memory', () => {
  const kind = (name: string) => kindOfMapping({ from: 0, to: 1, rights: 'rw-p', name: Buffer.from(name) })
  for (const name of [
    '',
    '[heap]',
    '[anon:x]',
    '/dev/shm/a',
    '/dev/zero (deleted)',
    '/memfd:x (deleted)',
    '/usr/dev/x'
  ])
    assert.equal(kind(name), 'memory', name)
  for (const name of ['/dev/mem', '/dev/dri/card0', '/sys/bus/pci/devices/x/resource0', '/dev/zeroes'])
    assert.equal(kind(name), 'device', name)
  for (const name of ['[vvar]', '[vsyscall]']) assert.equal(kind(name), 'kernel', name)
})
