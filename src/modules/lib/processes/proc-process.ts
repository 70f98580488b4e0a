import { readdirSync, readlinkSync, type Stats, statSync } from 'node:fs'
import { isGone, readProc, readRecord } from './proc-read.ts'
import { type ProcStat, readStat } from './proc-stat.ts'

/** The file that a process runs. */
export interface Executable {
  /** As the kernel names it, in the process's own tree; without the mark of a deleted one. */
  readonly path: Buffer
  /** It has no name in any directory any more, or never had one (memfd_create(2)). */
  readonly deleted: boolean
  readonly status: Stats
}

/** What something that a process shows can be: `unseen` where the system did not let us see it, with its error. */
export type Seen<T> = { readonly value: T } | { readonly unseen: unknown }

const MARK = Buffer.from(' (deleted)')
const SLASH = 0x2f
const SOCKET = 'socket:['

/** One process, each part of it read when it is asked for, and once. */
export class ProcProcess {
  readonly stat: ProcStat
  readonly #front: string
  readonly #proc: string
  readonly #seen = new Map<string, Seen<unknown>>()

  constructor(proc: string, stat: ProcStat) {
    this.stat = stat
    this.#proc = proc
    this.#front = `${proc}/${stat.pid}`
  }

  /**
   * Is this number still the same process as at first? All that was read in between is of this process then. Ids are given
   * again, and a start in the same tick by the same id would need 2^22 new processes within 10 ms.
   */
  get isSame(): boolean {
    try {
      return readStat(this.#proc, this.stat.pid)?.started === this.stat.started
    } catch {
      return false
    }
  }

  /** Arguments, each ended by a NUL; as the process has left them, and it may write what it likes (proc_pid_cmdline(5)). */
  get cmdline(): Seen<Buffer> {
    return this.#once('cmdline', () => argumentsOf(readProc(`${this.#front}/cmdline`)))
  }

  /** The user that it acts for: the effective one (proc_pid_status(5)). */
  get uid(): Seen<number> {
    return this.#once('uid', () => {
      const ids = /^Uid:\t\d+\t(\d+)/m.exec(readRecord(`${this.#front}/status`).toString('latin1'))
      if (ids === null) throw new Error('The status tells no user.')
      return Number(ids[1])
    })
  }

  /** Undefined for threads of the kernel and for zombies, which run no file (proc_pid_exe(5)). */
  get executable(): Seen<Executable | undefined> {
    return this.#once('executable', () => {
      const link = this.executableLink
      try {
        const named = readlinkSync(link, { encoding: 'buffer' })
        const status = statSync(link)
        // The mark can be part of a true name; that no directory holds the file can't be feigned.
        const deleted = status.nlink === 0
        const marked = deleted && named.subarray(-MARK.length).equals(MARK)
        return { path: marked ? named.subarray(0, -MARK.length) : named, deleted, status }
      } catch (error) {
        if (isGone(error)) return undefined
        throw error
      }
    })
  }

  /** Opens as the very file that runs, whatever lies at its path now. */
  get executableLink(): string {
    return this.fileNamed('exe')
  }

  /** Where the kernel shows one of the files that it has for each process. */
  fileNamed(name: string): string {
    return `${this.#front}/${name}`
  }

  /** Every file that is mapped into its memory, by its path, once each (proc_pid_maps(5)). */
  get mapped(): Seen<readonly Buffer[]> {
    return this.#once('mapped', () => mappedFiles(readProc(`${this.#front}/maps`)))
  }

  /** Where its open descriptors lead: `/a/path`, `socket:[4711]`, `pipe:[12]`, … (proc_pid_fd(5)). */
  get descriptors(): Seen<readonly Buffer[]> {
    const seen = this.#links
    return 'unseen' in seen ? seen : { value: seen.value.map(link => Buffer.from(link, 'latin1')) }
  }

  /** The same as latin1: most of a server's are sockets, of which only a number is wanted. */
  get #links(): Seen<readonly string[]> {
    return this.#once('links', () => {
      const links: string[] = []
      for (const name of readdirSync(`${this.#front}/fd`)) {
        try {
          links.push(readlinkSync(`${this.#front}/fd/${name}`, 'latin1'))
        } catch (error) {
          // It was closed since it was listed.
          if (!isGone(error)) throw error
        }
      }
      return links
    })
  }

  /** Open files by their paths. */
  get files(): Seen<readonly Buffer[]> {
    const seen = this.descriptors
    return 'unseen' in seen ? seen : { value: seen.value.filter(link => link[0] === SLASH) }
  }

  /** Inode numbers of its sockets. */
  get sockets(): Seen<readonly number[]> {
    const seen = this.#links
    if ('unseen' in seen) return seen
    const inodes = new Set<number>()
    for (const link of seen.value) {
      const inode = link.startsWith(SOCKET) ? Number(link.slice(SOCKET.length, -1)) : Number.NaN
      if (Number.isSafeInteger(inode)) inodes.add(inode)
    }
    return { value: [...inodes] }
  }

  /** The number of its network namespace (namespaces(7)). */
  get network(): Seen<number> {
    return this.#once('network', () => statSync(`${this.#front}/ns/net`).ino)
  }

  /** Where the kernel shows that namespace. */
  get networkFiles(): string {
    return `${this.#front}/net`
  }

  #once<T>(name: string, read: () => T): Seen<T> {
    const known = this.#seen.get(name)
    if (known !== undefined) return known as Seen<T>
    let seen: Seen<T>
    try {
      seen = { value: read() }
    } catch (unseen) {
      seen = { unseen }
    }
    this.#seen.set(name, seen)
    return seen
  }
}

const NUL = 0

/** With a space for each NUL between arguments, as ps shows it, and none at the end. */
const argumentsOf = (text: Buffer): Buffer => {
  let end = text.length
  while (end > 0 && text[end - 1] === NUL) end--
  const line = text.subarray(0, end)
  for (let at = line.indexOf(NUL); at >= 0; at = line.indexOf(NUL, at + 1)) line[at] = 0x20
  return line
}

/** Address, rights, offset, device, inode, then the path after a run of blanks; a line end in it is written \012. */
const MAPPING = /^\S+ \S+ \S+ \S+ \d+ +(\/.*)$/

export const mappedFiles = (maps: Buffer): Buffer[] => {
  const paths = new Set<string>()
  for (const line of maps.toString('latin1').split('\n')) {
    const path = MAPPING.exec(line)?.[1]
    if (path !== undefined) paths.add(path)
  }
  return [...paths].map(path => Buffer.from(path.replaceAll('\\012', '\n'), 'latin1'))
}
