import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  fstatSync,
  mkdirSync,
  openSync,
  promises,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { z } from 'zod'
import { file } from '../../src/modules/file.ts'
import { LOOKS, type Looks, type ModuleSpec, moduleId, type Row } from '../../src/modules/spec.ts'

interface Params {
  readonly what: string
  readonly looks: Looks
  readonly at: string
  readonly port: number
}

/** A module that was taken over: tries everything that a module may not, and tells how each attempt ended. */
const { watch: _, ...looking } = file
const misbehave: ModuleSpec<Params> = {
  ...looking,
  name: 'misbehave',
  sentence: 'Tries what no module may.',
  flags: {
    what: { type: 'string', doc: 'all, memory, hang or crash' },
    looks: { type: 'string', doc: 'Behind which fence', values: LOOKS },
    at: { type: 'string', doc: 'A directory' },
    port: { type: 'number', doc: 'Where somebody listens' }
  },
  params: z.strictObject({ what: z.string(), looks: z.enum(LOOKS), at: z.string(), port: z.number() }),
  looks: ({ looks }) => looks,
  neighbours: () => false,
  fromFlags: ({ what, looks, at, port }) => ({
    what: String(what),
    looks: (looks ?? 'files') as Looks,
    at: String(at),
    port: Number(port)
  }),
  say: () => 'Misbehaves.',
  literals: () => [],
  columns: {
    act: { type: 'text', secrecy: 'plain', doc: 'What was tried' },
    result: { type: 'text', secrecy: 'plain', doc: 'A code, or that it went' }
  },
  limits: { defaults: { ...file.limits.defaults, memoryMiB: 256 }, most: file.limits.most },
  examples: [],
  run: async function* ({ what, at, port }) {
    if (what === 'hang') for (;;);
    if (what === 'crash') process.abort()
    if (what === 'memory') await eat()
    for (const [act, attempt] of Object.entries(attempts(at, port))) yield await tryIt(act, attempt)
    return { found: false, coverage: { seen: 1, unreadable: 0, skipped: 0 }, counts: {}, errors: {} }
  }
}

const tryIt = async (act: string, attempt: () => unknown): Promise<Row> => {
  try {
    await attempt()
    return { act, result: 'went' }
  } catch (error) {
    return { act, result: String((error as NodeJS.ErrnoException).code ?? error).slice(0, 200) }
  }
}

const eat = async (): Promise<void> => {
  const eaten: Buffer[] = []
  for (;;) {
    eaten.push(Buffer.alloc(8 * 1024 * 1024, 1))
    await new Promise(done => setTimeout(done, 5))
  }
}

const attempts = (at: string, port: number): Record<string, () => unknown> => ({
  read: () => readFileSync('/etc/passwd'),
  write: () => writeFileSync(join(at, 'a'), 'x'),
  'write in the pool': () => promises.writeFile(join(at, 'b'), 'x'),
  'make a directory': () => mkdirSync(join(at, 'c')),
  link: () => symlinkSync('/etc', join(at, 'd')),
  truncate: () => truncateSync(process.execPath, 0),
  database: () => new DatabaseSync(join(at, 'e')).exec('create table t (x)'),
  'write from a worker': () =>
    inWorker(`require('node:fs').writeFileSync(${JSON.stringify(join(at, 'w'))}, 'x')`),
  execute: () => start('/bin/true'),
  'execute itself': () => start(process.execPath),
  'execute from a worker': () =>
    inWorker(
      "const { error } = require('node:child_process').spawnSync(process.execPath, ['--version']); if (error) throw error"
    ),
  connect: () => opened(connect(port, '127.0.0.1'), 'connect'),
  listen: () => opened(createServer().listen(0, '127.0.0.1'), 'listening'),
  'listen on a path': () => opened(createServer().listen(join(at, 's')), 'listening'),
  datagram: () => send(port),
  'signal the parent': () => process.kill(process.ppid, 0),
  'remove a file': () => unlinkSync(join(at, 'kept', 'key')),
  'rename a file': () => renameSync(join(at, 'kept', 'key'), join(at, 'taken')),
  'write to a file': () => appendFileSync(join(at, 'kept', 'key'), 'x'),
  'change the times of a file': () => utimesSync(join(at, 'kept', 'key'), 1, 1),
  'give a file away': () => chownSync(join(at, 'kept', 'key'), 1, 1),
  'copy a file': () => copyFileSync('/etc/passwd', join(at, 'f')),
  'look into the parent': () => readlinkSync(`/proc/${process.ppid}/exe`),
  "read the parent's memory": () => readMemory(process.ppid),
  "read on in the parent's memory": () => readOn(openSync(`/proc/${process.ppid}/mem`, 'r')),
  "write the parent's memory": () => openSync(`/proc/${process.ppid}/mem`, 'r+'),
  "write by the parent's tree": () => writeFileSync(`/proc/${process.ppid}/root${join(at, 'r')}`, 'x'),
  "write to the parent's files": () => openSync(`/proc/${process.ppid}/fd/1`, 'w'),
  // The single executable hands its native part on by this descriptor; elsewhere there is none.
  'change the native part': () => {
    if (!fstatSync(3).isFile()) throw new Error('none')
    writeFileSync(3, 'x')
  },
  'open the native part to write': () => openSync('/proc/self/fd/3', 'r+'),
  'loosen a home': () => chmodSync(join(at, 'kept'), 0o777),
  ...native(at)
})

/** Calls by their numbers, as code that was smuggled in would make them. */
const NUMBERS = {
  x64: {
    prlimit: 302,
    affinity: 203,
    key: 249,
    handle: 304,
    shared: 29,
    fork: 56,
    exit: 231,
    signal: 129,
    ptrace: 101,
    readv: 310,
    fcntl: 72,
    ioctl: 16,
    lseek: 8,
    unshare: 272,
    mount: 165
  },
  arm64: {
    prlimit: 261,
    affinity: 122,
    key: 218,
    handle: 265,
    shared: 194,
    fork: 220,
    exit: 94,
    signal: 138,
    ptrace: 117,
    readv: 270,
    fcntl: 25,
    ioctl: 29,
    lseek: 62,
    unshare: 97,
    mount: 40
  }
}
const native = (at: string): Record<string, () => unknown> => {
  const numbers = NUMBERS[process.arch as keyof typeof NUMBERS]
  const call = async (number: number, ...args: unknown[]): Promise<number> => {
    const { default: koffi } = await import('koffi')
    const result = Number(koffi.load('libc.so.6').func('long syscall(long n, ...)')(number, ...args))
    if (result < 0) throw new Error(`errno ${koffi.errno()}`)
    return result
  }
  const parent = process.ppid
  // What all of them may be is what they are: nothing changes where it goes.
  const limit = Buffer.alloc(16, 0xff)
  return {
    'limit the parent': () => call(numbers.prlimit, 'int', parent, 'int', 7, 'void *', null, 'void *', limit),
    'move the parent': () =>
      call(numbers.affinity, 'int', parent, 'size_t', 8, 'void *', Buffer.alloc(8, 0xff)),
    'queue a signal': () => call(numbers.signal, 'int', parent, 'int', 0, 'void *', Buffer.alloc(128)),
    // The kernel starts a program as root for it, outside of any fence.
    'have a key made': () =>
      call(numbers.key, 'str', 'user', 'str', 'gumshoe', 'str', 'x', 'int', -2).catch(error => {
        if (/errno (2|126)$/.test(String(error))) return
        throw error
      }),
    'open by handle': () =>
      call(numbers.handle, 'int', -100, 'void *', Buffer.alloc(64), 'int', 0).catch(error => {
        if (/errno (13|1)$/.test(String(error))) throw error
      }),
    "go on in the parent's memory": async () => {
      const file = openSync(`/proc/${parent}/mem`, 'r')
      await call(numbers.lseek, 'int', file, 'int64', firstPage(parent), 'int', 0)
      readOn(file)
    },
    'trace the parent': () => call(numbers.ptrace, 'long', 16, 'long', parent, 'long', 0, 'long', 0),
    "read the parent's memory by a call": () => readRemote(call, numbers.readv, parent),
    "take the parent's descriptors": () => call(434, 'int', parent, 'uint', 0),
    'have the parent signalled': () => call(numbers.fcntl, 'int', 1, 'int', 8, 'long', parent),
    'choose the signal': () => call(numbers.fcntl, 'int', 1, 'int', 10, 'long', 9),
    'mark a file': () =>
      call(numbers.ioctl, 'int', openSync(at, 'r'), 'ulong', 0x40086602, 'void *', Buffer.alloc(8)),
    'make a ring': () => call(425, 'uint', 1, 'void *', Buffer.alloc(120)),
    'leave for a namespace': () => call(numbers.unshare, 'int', 0x10000000),
    mount: () => call(numbers.mount, 'str', 'none', 'str', at, 'str', 'tmpfs', 'ulong', 0, 'void *', null),
    'open to write by the newest call': () =>
      call(437, 'int', -100, 'str', join(at, 'n'), 'void *', creating(), 'size_t', 24),
    'share memory': () => call(numbers.shared, 'int', 0, 'size_t', 4_096, 'int', 0o1600),
    fork: async () => {
      const child = await call(numbers.fork, 'ulong', 17, 'ulong', 0, 'ulong', 0, 'ulong', 0, 'ulong', 0)
      if (child === 0) await call(numbers.exit, 'int', 0)
    }
  }
}

/** struct open_how: O_WRONLY and O_CREAT, and a mode. */
const creating = (): Buffer => Buffer.from(new BigUint64Array([0o101n, 0o600n, 0n]).buffer)

/** process_vm_readv(2) of that page. */
const readRemote = async (
  call: (number: number, ...args: unknown[]) => Promise<number>,
  number: number,
  pid: number
): Promise<void> => {
  const { default: koffi } = await import('koffi')
  const into = Buffer.alloc(64)
  const from = firstPage(pid)
  const near = Buffer.from(new BigUint64Array([koffi.address(into), 64n]).buffer)
  const far = Buffer.from(new BigUint64Array([from, 64n]).buffer)
  await call(number, 'int', pid, 'void *', near, 'ulong', 1, 'void *', far, 'ulong', 1, 'ulong', 0)
}

/** A page that is mapped there: the first of the executable. */
const readMemory = (pid: number): void => {
  const read = readSync(openSync(`/proc/${pid}/mem`, 'r'), Buffer.alloc(64), 0, 64, firstPage(pid))
  if (read !== 64) throw new Error(`${read} bytes`)
}

const firstPage = (pid: number): bigint =>
  BigInt(`0x${/^([0-9a-f]+)-/.exec(readFileSync(`/proc/${pid}/maps`, 'latin1'))![1]}`)

/** From where the last read ended, which at first is the beginning. */
const readOn = (file: number): void => {
  const read = readSync(file, Buffer.alloc(64), 0, 64, null)
  if (read !== 64) throw new Error(`${read} bytes`)
}

const start = (path: string): void => {
  const { error } = spawnSync(path, ['--version'])
  if (error) throw error
}

const inWorker = (code: string): Promise<unknown> =>
  new Promise((done, failed) => new Worker(code, { eval: true }).once('error', failed).once('exit', done))

const opened = (socket: Socket | Server, event: string): Promise<void> =>
  new Promise((done, failed) => {
    socket.once('error', failed)
    socket.once(event, () => {
      'destroy' in socket ? socket.destroy() : socket.close()
      done()
    })
  })

const send = (port: number): Promise<void> =>
  new Promise((done, failed) => {
    const socket = createSocket('udp4')
    socket.once('error', failed)
    socket.send('x', port, '127.0.0.1', error => {
      socket.close()
      error ? failed(error) : done()
    })
  })

/** What src/modules/index.ts exports, with this one in it. */
// biome-ignore lint/suspicious/noExplicitAny: as there.
export const MODULES: readonly ModuleSpec<any>[] = [file, misbehave]

export const findModule = (id: string): ModuleSpec<unknown> | undefined =>
  MODULES.find(spec => moduleId(spec) === id)
