import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { LIMITS } from '../../src/limits.ts'
import { memory } from '../../src/modules/memory.ts'
import { plant } from '../support/ask-file.ts'
import { askModule, column } from '../support/ask-module.ts'
import { memoryFiles, statText } from '../support/fake-proc.ts'
import { holder } from '../support/holder.ts'

/**
 * T9. A process lays out its memory so that a search through it never ends, reads what must not be read, changes the
 * process, or goes past what it hides: mappings by the hundred thousand, terabytes that nobody touched, names that look
 * like other mappings, memory that it may not read itself, memory that comes and goes. Expected: what is hidden is found,
 * or the answer says that something was not seen; every other process is looked at all the same.
 */

const PAGE = 4_096
const MANY = 100_000

/** Bytes of a large file that are nothing but holes, with a few written. */
const sparse = (path: string, size: number, writes: readonly (readonly [number, Uint8Array])[]): void => {
  const file = openSync(path, 'w')
  ftruncateSync(file, size)
  for (const [at, bytes] of writes) writeSync(file, bytes, 0, bytes.length, at)
}

const directoryOf = (root: string, pid: number): string => {
  const directory = join(root, 'proc', String(pid))
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'stat'), statText(pid, 'trap'))
  return directory
}

const ask = (root: string, flags: Record<string, unknown>) => askModule(memory, root, flags)

test('a hundred thousand mappings hide nothing, whatever they are called', { timeout: 120_000 }, async t => {
  const root = plant(t, memoryFiles(2, 'other', 'needle'))
  const directory = directoryOf(root, 1)
  const names = [
    '',
    '/a\\012000-ffff rw-p 0 0:0 0 /b',
    '[vvar] ',
    '/dev/shm/x',
    `/${'n'.repeat(200)}`,
    '/x (deleted)'
  ]
  const lines: string[] = []
  const held = Buffer.alloc(8 * (2 * MANY + 2))
  for (let i = 1; i <= MANY; i++) {
    const [from, to] = [2 * i * PAGE, (2 * i + 1) * PAGE].map(address =>
      address.toString(16).padStart(12, '0')
    )
    lines.push(`${from}-${to} rw-p 00000000 00:00 0 ${names[i % names.length]}\n`)
    held.writeBigUInt64LE(1n << 63n, 8 * 2 * i)
  }
  writeFileSync(join(directory, 'maps'), lines.join(''))
  writeFileSync(join(directory, 'pagemap'), held)
  sparse(join(directory, 'mem'), (2 * MANY + 1) * PAGE, [
    [(2 * MANY + 1) * PAGE - 6, Buffer.from('needle')],
    // Not mapped at all: what lies between is no memory of the process.
    [3 * PAGE, Buffer.from('needle')]
  ])
  const { rows, outcome } = await ask(root, { text: ['needle'], places: 9 })
  assert.deepEqual(column(rows, 'pid'), ['1', '2'])
  assert.equal(rows[0]!['matches'], 1)
  assert.equal(outcome.coverage.unreadable, 0)
})

test('mappings without an end, or as wide as all addresses, end by themselves and are told', async t => {
  const root = plant(t, memoryFiles(3, 'other', 'needle'))
  for (const [pid, maps] of [
    [1, `0000-7fffffff0000 rw-p 00000000 00:00 0\n`],
    [2, `1000-2000 rw-p 00000000 00:00 0 /${'\\012'.repeat(40_000)}`]
  ] as const) {
    const directory = directoryOf(root, pid)
    writeFileSync(join(directory, 'maps'), maps)
    writeFileSync(join(directory, 'pagemap'), Buffer.alloc(16))
    writeFileSync(join(directory, 'mem'), '')
  }
  const endless = directoryOf(root, 4)
  for (const name of ['maps', 'pagemap', 'mem']) symlinkSync('/dev/zero', join(endless, name))
  const { rows, outcome } = await ask(root, { text: ['needle'] })
  assert.deepEqual(column(rows, 'pid'), ['3'])
  assert.deepEqual([outcome.coverage.unreadable, outcome.errors['too-large']], [3, 1])
  assert.ok(LIMITS.memorySpanBytes < 0x7fffffff0000)
})

/** What a process does to its memory, by the C library; `bytes` come turned round. */
const hiding = async (t: TestContext, act: string, bytes: Buffer): Promise<number> => {
  const source = `
    const koffi = require('koffi')
    const libc = koffi.load('libc.so.6')
    const mmap = libc.func('void *mmap(void *, size_t, int, int, int, long)')
    const mprotect = libc.func('int mprotect(void *, size_t, int)')
    const munmap = libc.func('int munmap(void *, size_t)')
    const copy = libc.func('void *memcpy(void *, void *, size_t)')
    const wanted = Buffer.from('${Buffer.from(bytes.map(byte => byte ^ 0xff)).toString('hex')}', 'hex').map(byte => byte ^ 0xff)
    const PAGE = 65_536
    ;(() => { ${act} })()
    wanted.fill(0)
    console.log('ready')
    setInterval(() => undefined, 60_000)`
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child.pid!
}

test('memory that a process has forbidden itself to read, or lost among terabytes, is read', async t => {
  const needle = randomBytes(16)
  const far = randomBytes(16)
  const pid = await hiding(
    t,
    `const page = mmap(null, PAGE, 3, 0x22, -1, 0)
     copy(page, wanted.subarray(0, 16), 16)
     mprotect(page, PAGE, 0)
     // 64 GiB that nothing is charged for, and one page in the middle.
     const room = mmap(null, 2 ** 36, 3, 0x4022, -1, 0)
     copy(koffi.address(room) + 2n ** 35n, wanted.subarray(16), 16)`,
    Buffer.concat([needle, far])
  )
  const only = { pid: [String(pid)] }
  const { rows, outcome } = await ask('/', { ...only, bytes: [needle.toString('hex')], places: 9 })
  // Whoever copies it may leave another one behind.
  assert.ok(column(rows, 'rights').includes('---p'))
  assert.equal(outcome.coverage.unreadable, 0)
  const other = await ask('/', { ...only, bytes: [far.toString('hex')] })
  assert.deepEqual([other.rows.length, other.outcome.limit], [1, undefined])
})

test('memory that comes and goes while it is read hides nothing that stays, and is no error', {
  timeout: 120_000
}, async t => {
  const needle = randomBytes(16)
  const pid = await hiding(
    t,
    `const page = mmap(null, PAGE, 3, 0x22, -1, 0)
     copy(page, wanted, 16)
     const churn = () => {
       for (let i = 0; i < 50; i++) {
         const room = mmap(null, 64 * PAGE, 3, 0x8022, -1, 0)
         munmap(room, 64 * PAGE)
       }
       setImmediate(churn)
     }
     churn()`,
    needle
  )
  const only = { pid: [String(pid)] }
  for (let i = 0; i < 4; i++) {
    const { rows } = await ask('/', { ...only, bytes: [needle.toString('hex')] })
    assert.equal(rows.length, 1)
    // What moves may have been missed, and then it is told; it is no error.
    const { outcome } = await ask('/', { ...only, bytes: [randomBytes(16).toString('hex')] })
    assert.deepEqual([outcome.found, outcome.limit], [false, undefined])
    assert.ok(outcome.coverage.unreadable <= 1)
  }
})

test('a question changes nothing of a process: no page is added that it never touched', async t => {
  const pid = await hiding(t, 'mmap(null, 2 ** 30, 3, 0x4022, -1, 0)', randomBytes(4))
  process.kill(pid, 'SIGSTOP')
  const before = tablesOf(pid)
  await ask('/', { pid: [String(pid)], text: ['no such text'] })
  assert.ok(tablesOf(pid) <= before)
})

/** KiB of its page tables: a page that is read for the first time has a place there, also where it holds zeros only. */
const tablesOf = (pid: number): number =>
  Number(/^VmPTE:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])

test('a process that ends, over and over, under one number after the other, ends no question', async t => {
  const root = plant(t, memoryFiles(2, 'other', 'needle'))
  // It was there when the list was made, and is another one by the time that it is opened.
  const directory = directoryOf(root, 1)
  for (const [path, bytes] of Object.entries(memoryFiles(1, 'gone', 'needle')))
    writeFileSync(join(root, path), bytes)
  writeFileSync(join(directory, 'mem'), '')
  const { rows, outcome } = await ask(root, { text: ['needle'] })
  assert.deepEqual([column(rows, 'pid'), outcome.errors['not-found']], [['2'], 1])
  const { pid } = await holder(t, { bytes: randomBytes(8) })
  const asked = ask('/', { pid: [String(pid)], text: ['no such text'] })
  process.kill(pid, 'SIGKILL')
  assert.equal((await asked).outcome.found, false)
})
