import { openSync, readFileSync, readSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import { join } from 'node:path'

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
    mount: 165,
    ioprio: 251,
    flock: 73,
    pair: 53
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
    mount: 40,
    ioprio: 30,
    flock: 32,
    pair: 199
  }
}
export const native = (at: string): Record<string, () => unknown> => {
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
    'have the parent wait for its turn': () => setPriority(parent, getPriority(parent)),
    // To what it is where nobody has set it.
    'have the parent wait for its disk': () =>
      call(numbers.ioprio, 'int', 1, 'int', parent, 'int', (2 << 13) | 4),
    // Others that lock before they read or write would wait for it.
    'hold a file': () => call(numbers.flock, 'int', openSync(join(at, 'kept', 'key'), 'r'), 'int', 2 | 4),
    'hold a part of a file': () => lock(call, numbers.fcntl, 6, at),
    'hold a part of a file for good': () => lock(call, numbers.fcntl, 37, at),
    // A datagram may go from one end of it to any daemon that listens on a path.
    'make a pair of sockets': () =>
      call(numbers.pair, 'int', 1, 'int', 2, 'int', 0, 'void *', Buffer.alloc(8)),
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

/** All of it, for reading: nobody else may then lock it to write. Zeros in struct flock say so. */
const lock = (
  call: (number: number, ...args: unknown[]) => Promise<number>,
  fcntl: number,
  command: number,
  at: string
): Promise<number> =>
  call(fcntl, 'int', openSync(join(at, 'kept', 'key'), 'r'), 'int', command, 'void *', Buffer.alloc(32))

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
export const readMemory = (pid: number): void => {
  const read = readSync(openSync(`/proc/${pid}/mem`, 'r'), Buffer.alloc(64), 0, 64, firstPage(pid))
  if (read !== 64) throw new Error(`${read} bytes`)
}

const firstPage = (pid: number): bigint =>
  BigInt(`0x${/^([0-9a-f]+)-/.exec(readFileSync(`/proc/${pid}/maps`, 'latin1'))![1]}`)

/** From where the last read ended, which at first is the beginning. */
export const readOn = (file: number): void => {
  const read = readSync(file, Buffer.alloc(64), 0, 64, null)
  if (read !== 64) throw new Error(`${read} bytes`)
}
