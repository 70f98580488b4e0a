import { readSync } from 'node:fs'

/** One mapping of a process's memory (proc_pid_maps(5)). Addresses are whole pages, so that numbers hold them exactly. */
export interface Mapping {
  readonly from: number
  readonly to: number
  /** `rwxp`, or with s where it is shared. */
  readonly rights: string
  /** The file that is mapped, `[heap]` and the like, or nothing. */
  readonly name: Buffer
}

const BATCH = 64 * 1024
const NEWLINE = 0x0a
/** Addresses, rights, offset, device, inode, then a name after a run of blanks; a line end in it is written \012. */
const MAPPING = /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([r-][w-][x-][ps]) [0-9a-f]+ \S+ \d+(?: +(.*))?$/s

/** Undefined where the line has another form. */
export const parseMapping = (line: Buffer): Mapping | undefined => {
  const parts = MAPPING.exec(line.toString('latin1'))
  if (parts === null) return undefined
  const [from, to] = [Number.parseInt(parts[1]!, 16), Number.parseInt(parts[2]!, 16)]
  if (to <= from) return undefined
  return {
    from,
    to,
    rights: parts[3]!,
    name: Buffer.from((parts[4] ?? '').replaceAll('\\012', '\n'), 'latin1')
  }
}

/**
 * The mappings of an open /proc/PID/maps, in the order of their addresses, a few at a time: the kernel goes on behind the
 * last one, so that a hundred thousand need no room. Undefined stands for a line of another form. Throws what the system throws.
 */
export function* mappingsOf(fd: number): Generator<Mapping | undefined> {
  const batch = Buffer.allocUnsafe(BATCH)
  let length = 0
  for (;;) {
    const read = readSync(fd, batch, length, BATCH - length, null)
    length += read
    let from = 0
    for (let end = batch.indexOf(NEWLINE); end >= 0 && end < length; end = batch.indexOf(NEWLINE, from)) {
      yield parseMapping(batch.subarray(from, end))
      from = end + 1
    }
    if (read === 0 || (from === 0 && length === BATCH)) {
      // No name is so long, and no line of the kernel ends without a newline.
      if (length > from) yield undefined
      return
    }
    batch.copyWithin(0, from, length)
    length -= from
  }
}

/** What the kernel shows of itself in every process and never reads out: nothing can be written there. [vdso] can be, and is read. */
const OF_KERNEL = /^\[(vvar|vvar_vclock|vsyscall|uprobes)\]$/
/** What lies in these is the memory of a device, and to read it may do something; but for files in memory. */
const OF_DEVICE = /^\/(dev|sys|proc)\/(?!shm\/|zero\b|hugepages\b|mqueue\/)/

/** What reading a mapping would be. */
export type MappingKind = 'memory' | 'kernel' | 'device'

export const kindOfMapping = ({ name }: Mapping): MappingKind => {
  const text = name.toString('latin1')
  return OF_KERNEL.test(text) ? 'kernel' : OF_DEVICE.test(text) ? 'device' : 'memory'
}
