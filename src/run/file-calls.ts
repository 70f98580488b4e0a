import { constants } from 'node:fs'
import { getSystemErrorName } from 'node:util'
import type { FileCalls, Identity, Status } from '../modules/lib/host/file-calls.ts'
import { loadNative } from './native.ts'
import type { RawFileCalls } from './raw-calls.ts'

/** The calls that a module's walk works with; undefined where there is no native part for this machine, and it takes Node's. */
export const fileCalls = async (): Promise<FileCalls | undefined> => {
  const native = await loadNative()
  return native && fileCallsOf(native.fileCalls())
}

/** PATH_MAX of Linux, with the NUL that ends a name for the C library. */
const NAME_BYTES = 4_096
const ENAMETOOLONG = 36
const EINVAL = 22
const EPERM = 1
/** O_NOATIME; only the owner of a file may ask for it. */
const NO_TRACE = constants.O_NOATIME
/** sizeof(struct statx). */
const STATUS_BYTES = 256
/** Nothing is asked for that an automount would have to be mounted for. */
const NO_AUTOMOUNT = 0x800
const NO_FOLLOW = 0x100
const EMPTY_PATH = 0x1000
/** All of STATX_BASIC_STATS. */
const BASIC = 0x7ff
const CLOSE_ON_EXEC = 0x80000

export const fileCallsOf = (raw: RawFileCalls): FileCalls => {
  const name = Buffer.alloc(NAME_BYTES)
  const words = new Uint32Array(STATUS_BYTES / 4)
  const status = Buffer.from(words.buffer)
  const nothing = Buffer.alloc(1)

  const checked = (what: string, result: number): number => {
    if (result >= 0) return result
    throw failure(what, raw.errno())
  }
  /** A copy that ends with a NUL: the C library reads up to there and nowhere else. */
  const named = (what: string, bytes: Buffer): Buffer => {
    if (bytes.length >= NAME_BYTES) throw failure(what, ENAMETOOLONG)
    if (bytes.includes(0)) throw failure(what, EINVAL)
    name.set(bytes)
    name[bytes.length] = 0
    return name
  }
  const look = (at: number, path: Buffer, flags: number): void => {
    checked('statx', raw.statx(at, path, flags | NO_AUTOMOUNT, BASIC, status))
  }
  const looked = (at: number, path: Buffer, flags: number): Status => {
    look(at, path, flags)
    return statusOf(words)
  }
  return {
    open: (at, path, flags) => {
      const bytes = named('open', path)
      const fd = raw.openat(at, bytes, flags | CLOSE_ON_EXEC)
      const loud = fd < 0 && (flags & NO_TRACE) !== 0 && raw.errno() === EPERM
      return checked('open', loud ? raw.openat(at, bytes, (flags & ~NO_TRACE) | CLOSE_ON_EXEC) : fd)
    },
    look: (at, path) => looked(at, named('statx', path), NO_FOLLOW),
    lookAt: fd => looked(fd, nothing, EMPTY_PATH),
    identify: fd => {
      look(fd, nothing, EMPTY_PATH)
      return identityOf(words)
    },
    list: (fd, into) => checked('getdents64', raw.getdents64(fd, into, into.length)),
    read: (fd, into, length) => {
      if (length > into.length) throw failure('read', EINVAL)
      return checked('read', raw.read(fd, into, length))
    },
    close: fd => void raw.close(fd)
  }
}

/** What node:fs would throw. */
export const failure = (syscall: string, errno: number): NodeJS.ErrnoException => {
  const code = getSystemErrorName(-errno)
  return Object.assign(new Error(`${code}: ${syscall}`), { code, errno: -errno, syscall })
}

const HIGH = 2 ** 32

/** struct statx of linux/stat.h in 32-bit words, the same on every architecture; the machine is little-endian. */
const statusOf = (words: Uint32Array): Status => ({
  uid: words[5]!,
  gid: words[6]!,
  mode: words[7]! & 0xffff,
  size: words[10]! + words[11]! * HIGH,
  ctimeMs: time(words[24]!, words[25]!, words[26]!),
  mtimeMs: time(words[28]!, words[29]!, words[30]!),
  dev: deviceOf(words)
})

const deviceOf = (words: Uint32Array): number => words[34]! * HIGH + words[35]!

const identityOf = (words: Uint32Array): Identity => ({
  dev: deviceOf(words),
  ino: BigInt(words[8]!) + (BigInt(words[9]!) << 32n)
})

/** Seconds, signed, and nanoseconds as milliseconds. */
const time = (low: number, high: number, nanoseconds: number): number =>
  (low + (high | 0) * HIGH) * 1_000 + nanoseconds / 1e6
