import { closeSync, openSync, readSync } from 'node:fs'
import { GumshoeError } from '../../../errors.ts'
import { type KcoreSegment, segmentsOf } from './kcore.ts'
import type { Mapping } from './memory-maps.ts'
import type { MemoryOptions, Piece, ReadableMemory } from './process-memory.ts'

const PAGE = 4_096
const HEAD = 64 * 1024

/**
 * The image of the kernel and its modules, by /proc/kcore. Not the memory of the machine, which that file shows too: there lie
 * all processes, and the question itself. Addresses count from the first of the kernel's half, which numbers hold exactly.
 */
export class KernelMemory implements ReadableMemory {
  readonly missed = new Map<string, number>()
  readonly ended = false
  readonly #fd: number
  readonly #options: MemoryOptions
  readonly #segments: readonly KcoreSegment[]
  #mapping: Mapping | undefined

  /** Throws `unsupported` where the kernel shows none of it, and `permission`. */
  constructor(proc: string, options: MemoryOptions) {
    this.#options = options
    this.#fd = open(`${proc}/kcore`)
    try {
      const head = Buffer.alloc(HEAD)
      const segments = segmentsOf(head.subarray(0, readSync(this.#fd, head, 0, HEAD, 0)))
      if (segments === undefined || segments.length === 0)
        throw new GumshoeError('unsupported', 'The kernel shows its memory in a form that is not known here.')
      this.#segments = segments
    } catch (error) {
      closeSync(this.#fd)
      throw error
    }
  }

  *pieces(): Generator<Piece> {
    for (const segment of this.#segments) yield* this.#segment(segment)
  }

  mappingAt(): Mapping | undefined {
    return this.#mapping
  }

  say(address: number): string {
    return `0x${(BASE + BigInt(address)).toString(16)}`
  }

  close(): void {
    closeSync(this.#fd)
  }

  *#segment({ address, length, position, name }: KcoreSegment): Generator<Piece> {
    const { into, carry } = this.#options
    const from = Number(address - BASE)
    this.#mapping = { from, to: from + length, rights: '', name }
    let kept = 0
    for (let at = 0; at < length; ) {
      const read = this.#read(kept, Math.min(into.length - kept, length - at), position + BigInt(at))
      // A page that the kernel does not show: what was carried ends there.
      if (read === 0 && kept > 0)
        yield { bytes: into.subarray(0, kept), carried: kept, address: from + at - kept, last: true }
      if (read === 0) {
        kept = 0
        at += PAGE
        continue
      }
      at += read
      const size = kept + read
      const last = at >= length
      yield { bytes: into.subarray(0, size), carried: kept, address: from + at - size, last }
      kept = last ? 0 : Math.min(carry, size)
      into.copyWithin(0, size - kept, size)
    }
  }

  #read(offset: number, most: number, position: bigint): number {
    const { into, budget } = this.#options
    if (budget.left <= 0) throw new GumshoeError('limit-bytes', 'The read budget is used up.')
    try {
      const read = readSync(this.#fd, into, offset, most, position)
      budget.left -= read
      if (read === 0) this.#miss()
      return read
    } catch {
      this.#miss()
      return 0
    }
  }

  #miss(): void {
    this.missed.set('unreadable', (this.missed.get('unreadable') ?? 0) + 1)
  }
}

/** The kernel's half of all addresses begins at or above this on the machines that we run on. */
const BASE = 0xffff000000000000n

const open = (path: string): number => {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EPERM' || code === 'EACCES')
      throw new GumshoeError('permission', 'The kernel does not let this process see its memory.', {
        cause,
        fix: 'It takes CAP_SYS_RAWIO and a kernel that is not locked down; the fence of a module takes that away.'
      })
    throw new GumshoeError('unsupported', 'The kernel does not show its memory.', {
      cause,
      fix: 'It is built without CONFIG_PROC_KCORE.'
    })
  }
}
