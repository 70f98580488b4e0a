import { closeSync, existsSync, openSync, readSync, realpathSync } from 'node:fs'
import type { LibraryHandle } from 'koffi'
import type { Looks } from '../modules/spec.ts'
import { isHanded } from './addon.ts'
import type { RawFileCalls, RawNetCalls, RawNotifyCalls } from './raw-calls.ts'
import { callFilter, type Machine, memoryFilter, processFilter, tracingFilter } from './seccomp.ts'

/** The few calls to the C library that Node does not have; the only importer of koffi. Linux on x64 and arm64. */

/** Syscall numbers that differ; those of Landlock (444 to 446) are the same everywhere. */
const NUMBERS = {
  x64: { prctl: 157, seccomp: 317, ioprio_set: 251, unshare: 272, getdents64: 217 },
  arm64: { prctl: 167, seccomp: 277, ioprio_set: 30, unshare: 97, getdents64: 61 }
} as const

const LANDLOCK = { create: 444, addRule: 445, restrict: 446 } as const
/** linux/landlock.h: what the file-system rights are. What is not handled stays allowed; so does reading, but for the network. */
const EXECUTE = 1n << 0n
const WRITES = [1n, 4n, 5n, 6n, 7n, 8n, 9n, 10n, 11n, 12n].reduce((bits, bit) => bits | (1n << bit), 0n)
const REFER = 1n << 13n
const TRUNCATE = 1n << 14n
const IOCTL_DEVICES = 1n << 15n
const READ = 1n << 2n
const TCP_BIND = 1n
const TCP_CONNECT = 2n
const SCOPES = 3n

export interface Native {
  /** The Landlock ABI of the kernel, 0 where it has none. */
  landlockAbi(): number
  /** Nothing of this process is written anywhere when it crashes, and no other one of its user may look into it. */
  forbidDumps(): void
  /** No setuid file and no capability of a file gives this thread, or what it executes, more than it has. */
  noNewPrivileges(): void
  /** Takes write, execute, TCP, signals and abstract sockets from this thread and what it executes, with exceptions. Throws where the kernel refuses. */
  restrict(exceptions: Exceptions): void
  /** Whether the kernel was built with filters of system calls. */
  filtersCalls(): boolean
  /** Takes from this thread and what it executes the system calls that change, reach or start anything. Throws where the kernel refuses. */
  refuseCalls(network: boolean): void
  /** Takes from all threads of this process the calls that make another one. Throws where the kernel refuses. */
  refuseProcesses(): void
  /** Takes from all threads of this process the calls that read the memory of others. Throws where the kernel refuses. */
  refuseMemory(): void
  /** Takes from all threads of this process, and their children, the calls that trace or change others. Throws where the kernel refuses. */
  refuseTracing(): void
  /** Leaves to what this thread executes no more of root's rights than it needs: to read every file, to look into every process, or none. */
  keepRights(looks: Looks): void
  /** Puts this thread into a network of its own without any interface, where we may: Landlock does not know UDP. */
  leaveNetwork(): void
  /** Ends this process when the thread that started it ends, also by kill -9. */
  dieWithParent(): void
  setLimit(resource: 'cpu' | 'core' | 'file-size', value: number): void
  /** The lowest best-effort class of disk priority. */
  lowDiskPriority(): void
  /** Replaces this process; returns only where it failed. */
  execute(
    path: string,
    argv: readonly string[],
    environment: Readonly<Record<string, string>>,
    keepOpen: readonly number[]
  ): never
  /** Has the threads that begin from now on allocate from two places: each of its own keeps what it once needed. */
  shareMemory(): void
  /** Gives memory that was freed back to the kernel. */
  giveBack(): void
  /** Has the kernel put away these pages of files that this process has mapped. */
  putAway(mappings: readonly Mapping[]): void
  /** What file-calls.ts makes safe. */
  fileCalls(): RawFileCalls
  /** What notify-calls.ts makes safe. */
  notifyCalls(): RawNotifyCalls
  /** What net-calls.ts makes safe. */
  netCalls(): RawNetCalls
}

/** What Landlock leaves: these files to execute, also to connect by TCP, and these alone to read where they are named. */
export interface Exceptions {
  readonly executables: readonly string[]
  readonly connects: boolean
  readonly readable?: readonly string[]
}

/** An address range of this process. */
export interface Mapping {
  readonly from: bigint
  readonly length: bigint
}

/** Loads koffi; undefined where there is no native part for this machine. Throws where our parent could load what we can't. */
export const loadNative = async (): Promise<Native | undefined> => {
  const numbers = process.platform === 'linux' ? NUMBERS[process.arch as keyof typeof NUMBERS] : undefined
  if (numbers === undefined) return undefined
  try {
    const { default: koffi } = await import('koffi')
    return linux(koffi, koffi.load('libc.so.6'), numbers)
  } catch (error) {
    // A child that can't be held must not run where the host says that it holds it.
    if (isHanded()) throw error
    return undefined
  }
}

type Koffi = typeof import('koffi').default

const RESOURCES = { cpu: 0, 'file-size': 1, core: 4 } as const
const F_SETFD = 2
const PR_SET_DUMPABLE = 4
const PR_SET_NO_NEW_PRIVS = 38
const SECCOMP_SET_MODE_FILTER = 1
const SECCOMP_FILTER_FLAG_TSYNC = 1
const PR_CAPBSET_DROP = 24
const PR_CAP_AMBIENT = 47
const PR_CAP_AMBIENT_LOWER = 3
const CAP_DAC_READ_SEARCH = 2
const CAP_SYS_PTRACE = 19
const RIGHTS = {
  files: [CAP_DAC_READ_SEARCH],
  processes: [CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE],
  memory: [CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE],
  network: []
} as const satisfies Record<Looks, readonly number[]>
/** More than there are; the kernel refuses those that it does not know. */
const CAPABILITIES = 64
const PR_SET_PDEATHSIG = 1
const SIGKILL = 9
const CLONE_NEWNET = 0x40000000
const MADV_PAGEOUT = 21
const M_ARENA_MAX = -8

const linux = (
  koffi: Koffi,
  libc: LibraryHandle,
  numbers: (typeof NUMBERS)[keyof typeof NUMBERS]
): Native => {
  const errno = () => koffi.errno()
  const syscall = libc.func('long syscall(long n, ...)')
  const call = (what: string, ...args: unknown[]): number => {
    const result = Number(syscall(...args))
    if (result < 0) throw new Error(`${what} failed with errno ${errno()}`)
    return result
  }
  const prctl = (option: number, value: number): number =>
    call('prctl', numbers.prctl, 'int', option, 'ulong', value, 'ulong', 0, 'ulong', 0, 'ulong', 0)
  const tryPrctl = (option: number, value: number, more = 0): void =>
    void syscall(numbers.prctl, 'int', option, 'ulong', value, 'ulong', more, 'ulong', 0, 'ulong', 0)
  const open = libc.func('int open(const char *path, int flags)')
  const fcntl = libc.func('int fcntl(int fd, int command, long argument)')
  const setrlimit = libc.func('int setrlimit(int resource, void *limit)')
  const setenv = libc.func('int setenv(const char *name, const char *value, int overwrite)')
  const clearenv = libc.func('int clearenv()')
  const execv = libc.func('int execv(const char *path, const char **argv)')
  const machine = process.arch as Machine
  /** A filter for this thread, or for all of this process. */
  const filterCalls = (filter: Buffer, flags: number): void => {
    const program = koffi.struct({ length: 'uint16', filter: 'void *' })
    const set = libc.func('syscall', 'long', ['long', 'uint', 'uint', koffi.pointer(program)])
    if (set(numbers.seccomp, SECCOMP_SET_MODE_FILTER, flags, { length: filter.length / 8, filter }) !== 0)
      throw new Error(`seccomp: errno ${errno()}`)
  }
  const abi = () => {
    return Math.max(0, Number(syscall(LANDLOCK.create, 'void *', null, 'size_t', 0, 'uint', 1)))
  }
  return {
    landlockAbi: abi,
    restrict: ({ executables, connects, readable }) => {
      const version = abi()
      const attributes = new BigUint64Array([
        EXECUTE |
          WRITES |
          (readable === undefined ? 0n : READ) |
          (version >= 2 ? REFER : 0n) |
          (version >= 3 ? TRUNCATE : 0n) |
          (version >= 5 ? IOCTL_DEVICES : 0n),
        version >= 4 ? TCP_BIND | (connects ? 0n : TCP_CONNECT) : 0n,
        version >= 6 ? SCOPES : 0n
      ])
      const size = version >= 6 ? 24 : version >= 4 ? 16 : 8
      const ruleset = call(
        'landlock_create_ruleset',
        LANDLOCK.create,
        'void *',
        Buffer.from(attributes.buffer),
        'size_t',
        size,
        'uint',
        0
      )
      const allow = (path: string, rights: bigint): void => {
        const fd = open(path, 0x200000 | 0x80000)
        if (fd < 0) return
        const rule = Buffer.alloc(12)
        rule.writeBigUInt64LE(rights, 0)
        rule.writeInt32LE(fd, 8)
        call('landlock_add_rule', LANDLOCK.addRule, 'int', ruleset, 'int', 1, 'void *', rule, 'uint', 0)
      }
      for (const path of executables) allow(path, EXECUTE)
      for (const path of readable ?? []) allow(path, READ)
      call('landlock_restrict_self', LANDLOCK.restrict, 'int', ruleset, 'uint', 0)
    },
    setLimit: (resource, value) => {
      const limit = new BigUint64Array([BigInt(value), BigInt(value)])
      if (setrlimit(RESOURCES[resource], Buffer.from(limit.buffer)) !== 0)
        throw new Error(`setrlimit ${resource}: errno ${errno()}`)
    },
    forbidDumps: () => void prctl(PR_SET_DUMPABLE, 0),
    noNewPrivileges: () => void prctl(PR_SET_NO_NEW_PRIVS, 1),
    filtersCalls: () => existsSync('/proc/sys/kernel/seccomp/actions_avail'),
    refuseCalls: network => filterCalls(callFilter(machine, process.pid, network), 0),
    refuseProcesses: () => filterCalls(processFilter(machine), SECCOMP_FILTER_FLAG_TSYNC),
    refuseMemory: () => filterCalls(memoryFilter(machine), SECCOMP_FILTER_FLAG_TSYNC),
    refuseTracing: () => filterCalls(tracingFilter(machine), SECCOMP_FILTER_FLAG_TSYNC),
    keepRights: looks => {
      const kept: readonly number[] = RIGHTS[looks]
      for (let capability = 0; capability < CAPABILITIES; capability++) {
        if (kept.includes(capability)) continue
        // What may be refused: the first to who is not root, the second where it was not there.
        tryPrctl(PR_CAPBSET_DROP, capability)
        tryPrctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, capability)
      }
    },
    leaveNetwork: () => void syscall(numbers.unshare, 'int', CLONE_NEWNET),
    dieWithParent: () => void prctl(PR_SET_PDEATHSIG, SIGKILL),
    lowDiskPriority: () => void syscall(numbers.ioprio_set, 'int', 1, 'int', 0, 'int', (2 << 13) | 7),
    execute: (path, argv, environment, keepOpen) => {
      for (const fd of keepOpen) fcntl(fd, F_SETFD, 0)
      clearenv()
      for (const [name, value] of Object.entries(environment)) setenv(name, value, 1)
      execv(path, [path, ...argv, null])
      throw new Error(`execv failed with errno ${errno()}`)
    },
    shareMemory: () => void libc.func('int mallopt(int option, int value)')(M_ARENA_MAX, 2),
    giveBack: () => void libc.func('int malloc_trim(size_t pad)')(0),
    putAway: mappings => {
      const madvise = libc.func('int madvise(uintptr_t from, size_t length, int advice)')
      // What the kernel does not put away stays; older ones than 5.4 refuse all of it.
      for (const { from, length } of mappings) madvise(from, length, MADV_PAGEOUT)
    },
    fileCalls: () => fileCalls(libc, numbers.getdents64, errno),
    notifyCalls: () => ({
      init: libc.func('int inotify_init1(int flags)'),
      add: libc.func('int inotify_add_watch(int fd, void *path, uint32 mask)'),
      remove: libc.func('int inotify_rm_watch(int fd, int watch)'),
      read: libc.func('long read(int fd, void *into, size_t length)'),
      close: libc.func('int close(int fd)'),
      errno
    }),
    netCalls: () => netCalls(libc, errno)
  }
}

const netCalls = (libc: LibraryHandle, errno: () => number): RawNetCalls => {
  const poll = libc.func('int poll(void *fds, ulong count, int ms)')
  return {
    socket: libc.func('int socket(int family, int type, int protocol)'),
    connect: libc.func('int connect(int fd, void *address, uint length)'),
    send: libc.func('long send(int fd, void *bytes, size_t length, int flags)'),
    recv: libc.func('long recv(int fd, void *into, size_t length, int flags)'),
    poll: (fds, count, ms) =>
      new Promise((done, failed) =>
        poll.async(fds, count, ms, (error: unknown, result: number) => (error ? failed(error) : done(result)))
      ),
    close: libc.func('int close(int fd)'),
    errno
  }
}

const fileCalls = (libc: LibraryHandle, getdents64: number, errno: () => number): RawFileCalls => {
  // The C library of older systems has no name for this one.
  const syscall = libc.func('long syscall(long n, int fd, void *into, size_t length)')
  return {
    openat: libc.func('int openat(int at, void *name, int flags)'),
    statx: libc.func('int statx(int at, void *name, int flags, uint mask, void *into)'),
    getdents64: (fd, into, length) => syscall(getdents64, fd, into, length),
    read: libc.func('long read(int fd, void *into, size_t length)'),
    close: libc.func('int close(int fd)'),
    errno
  }
}

/** Our own binary and the dynamic loader that its header names: all that a fenced process may execute. */
export const ownExecutables = (binary: string = process.execPath): string[] => {
  const loader = /\/lib[\w/.-]*\/ld-linux[\w.-]*/.exec(headOf(binary))?.[0]
  return [realpathSync(binary), ...(loader ? [realpathSync(loader)] : [])]
}

const HEAD = 64 * 1024

const headOf = (path: string): string => {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(HEAD)
    return head.toString('latin1', 0, readSync(file, head, 0, HEAD, 0))
  } finally {
    closeSync(file)
  }
}
