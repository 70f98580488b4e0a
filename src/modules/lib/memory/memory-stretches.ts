import { LIMITS } from '../../../limits.ts'
import { GrowingBuffer } from '../yara/growing-buffer.ts'
import type { Mapping } from './memory-maps.ts'
import type { Piece } from './process-memory.ts'

/** Memory that is judged as one thing, as a file is: in one buffer that is used again. */
export interface Stretch {
  readonly bytes: Buffer
  readonly address: number
  /** The mapping that holds an address of it. */
  mappingAt(address: number): Mapping | undefined
}

/** What is repeated where a stretch is too long: what lies across the cut is found if it is no longer. */
const OVERLAP = 64 * 1024

/**
 * Puts pieces of memory together to what a program laid out as one thing: neighbouring mappings of the same file, or of none.
 * Pages between that hold nothing become zeros, as their owner would see them, up to a gap that is too wide for that.
 */
export class Stretches {
  /** How often one was longer than what is judged at once. */
  cuts = 0
  readonly #buffer = new GrowingBuffer(LIMITS.yaraFileBytes)
  #address = 0
  #mappings: Mapping[] = []

  /** Forgets what has come. */
  drop(): void {
    this.#buffer.length = 0
    this.#mappings = []
  }

  /** Takes a piece that repeats nothing; yields what has ended before it: use that before you go on. */
  *take({ bytes, address }: Piece, mapping: Mapping | undefined): Generator<Stretch> {
    if (bytes.length === 0 || mapping === undefined) return
    if (!this.#goesOn(address, mapping)) {
      yield* this.end()
      this.#address = address
    }
    const gap = address - this.#address - this.#buffer.length
    if (gap + bytes.length > this.#buffer.room) {
      this.cuts++
      yield this.#stretch()
      this.#cut(address, gap)
    } else if (gap > 0) this.#buffer.addZeros(gap)
    this.#buffer.add(bytes)
    if (this.#mappings.at(-1) !== mapping) this.#mappings.push(mapping)
  }

  /** What nothing follows any more. */
  *end(): Generator<Stretch> {
    if (this.#buffer.length > 0) yield this.#stretch()
    this.drop()
  }

  #goesOn(address: number, { name }: Mapping): boolean {
    const before = this.#mappings.at(-1)
    const gap = address - this.#address - this.#buffer.length
    return before?.name.equals(name) === true && gap <= LIMITS.yaraGapBytes
  }

  /** Begins again, with the end of what was judged, and with what is between. */
  #cut(address: number, gap: number): void {
    const kept = Math.min(OVERLAP, this.#buffer.length)
    this.#buffer.keepEnd(kept)
    if (gap > 0) this.#buffer.addZeros(gap)
    this.#address = address - gap - kept
    this.#mappings = this.#mappings.slice(-1)
  }

  #stretch(): Stretch {
    const mappings = this.#mappings
    return {
      bytes: this.#buffer.bytes,
      address: this.#address,
      mappingAt: address => mappings.find(({ from, to }) => address >= from && address < to)
    }
  }
}
