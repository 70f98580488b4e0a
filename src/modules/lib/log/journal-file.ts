import { codeOf } from '../../../errors.ts'
import { LIMITS } from '../../../limits.ts'
import { type Field, fieldOf, readField, unpacked } from './journal-fields.ts'

/** One entry of a journal, as far as a question needs it. */
export interface JournalEntry {
  /** Ms since 1970. */
  readonly time: number
  /** Names as latin1. */
  readonly unit: string | undefined
  readonly program: string | undefined
  readonly priority: number | undefined
  readonly matched: readonly number[]
}

export interface JournalTaker {
  /** Whether an entry of this moment is of use. */
  wants(time: number): boolean
  /** Numbers of the patterns that a message matches. */
  matches(message: Buffer): readonly number[]
  entry(entry: JournalEntry): void
  /** Something could not be read, and why. */
  missed(code: string): void
  /** So many entries name fields that had no room here: whether they are of use, nobody knows. */
  unknown(entries: number): void
}

// https://systemd.io/JOURNAL_FILE_FORMAT: all numbers are little endian, objects begin at multiples of 8.
const SIGNATURE = Buffer.from('LPKSHHRH')
const HEADER = 208
const COMPACT = 1 << 4
/** xz, lz4, keyed hash, zstd, compact. */
const KNOWN_FLAGS = 0b11111
const OBJECT = 16
const DATA = 1
const ENTRY = 3
const TYPES = 8
/** Where the payload of a data object begins, after the object's own header. */
const DATA_HEAD = { wide: 48, compact: 56 } as const
/** Where the items of an entry begin, likewise; then their lengths. */
const ITEMS = 48
const ITEM = { wide: 16, compact: 4 } as const
/** Journald takes at most 1,024 fields in an entry; this is ten times that. */
const ENTRY_MOST = ITEMS + 10_240 * ITEM.wide
/** A message is rarely above 48 KiB; what is larger than this is told as not seen. */
const DATA_MOST = 4 << 20
/** Enough of a data object to know its field. */
const PEEK = 128

/**
 * Reads one journal as a stream, object after object, as they lie: data stands before the entries that name it, so one pass
 * forward is enough, and no pointer of a hostile file is ever followed. Chunks go in, entries come out.
 */
export class JournalReader {
  readonly #taker: JournalTaker
  readonly #fields = new Map<number, Field>()
  /** What is to be read next, and how many bytes it has. */
  #next: 'file' | 'object' | 'data' | 'peek' | 'entry' | 'nothing' = 'file'
  #need = HEADER
  #skip = 0
  /** What there is of it, where it is cut by the end of a chunk. */
  #part: Buffer = Buffer.alloc(0)
  #filled = 0
  /** Where the next byte stands in the file. */
  #offset = 0
  /** The object that is being read. */
  #at = 0
  #flags = 0
  #rest = 0
  #compact = false
  #tail = 0
  #expected = 0
  #entries = 0
  /** Where the first field lies that is not remembered. */
  #forgotFrom = Number.POSITIVE_INFINITY
  #unknown = 0
  #broken = false

  constructor(taker: JournalTaker) {
    this.#taker = taker
  }

  /** True where nothing that follows matters. */
  get done(): boolean {
    return this.#next === 'nothing'
  }

  /** Takes the next bytes; the buffer may be used again afterwards. */
  take(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.done; ) {
      if (this.#skip > 0) {
        const length = Math.min(this.#skip, chunk.length - at)
        this.#skip -= length
        this.#offset += length
        at += length
      } else if (this.#filled === 0 && chunk.length - at >= this.#need) {
        const from = at
        at += this.#need
        this.#read(chunk.subarray(from, at))
      } else at += this.#collect(chunk.subarray(at))
    }
  }

  /** At the end of the file: everything must have been there. */
  finish(): void {
    if (this.#unknown > 0) this.#taker.unknown(this.#unknown)
    if (this.#next === 'file') this.#break('damaged')
    else if (!this.#broken && (!this.done || this.#entries < this.#expected)) this.#break('damaged')
  }

  #collect(rest: Buffer): number {
    if (this.#filled === 0 && this.#part.length < this.#need) this.#part = Buffer.allocUnsafe(this.#need)
    const length = Math.min(rest.length, this.#need - this.#filled)
    rest.copy(this.#part, this.#filled, 0, length)
    this.#filled += length
    if (this.#filled === this.#need) {
      this.#filled = 0
      this.#read(this.#part.subarray(0, this.#need))
    }
    return length
  }

  #read(bytes: Buffer): void {
    this.#offset += bytes.length
    if (this.#next === 'file') this.#header(bytes)
    else if (this.#next === 'object') this.#object(bytes)
    else {
      if (this.#next === 'data') this.#data(bytes)
      else if (this.#next === 'peek') this.#tooLarge(bytes)
      else this.#entry(bytes)
      this.#goOn(this.#rest)
    }
  }

  /** To the object after this one, over what is left of this. */
  #goOn(rest: number): void {
    this.#skip = rest + ((8 - ((this.#offset + rest) % 8)) % 8)
    if (this.#at >= this.#tail && this.#at > 0) {
      this.#next = 'nothing'
      return
    }
    this.#next = 'object'
    this.#need = OBJECT
  }

  #header(bytes: Buffer): void {
    const flags = bytes.readUInt32LE(12)
    const size = numberAt(bytes, 88)
    const sound = bytes.subarray(0, 8).equals(SIGNATURE) && size >= HEADER && size <= 1 << 20
    if (!sound || (flags & ~KNOWN_FLAGS) !== 0) {
      this.#break(sound ? 'unsupported' : 'damaged')
      return
    }
    this.#compact = (flags & COMPACT) !== 0
    this.#tail = numberAt(bytes, 136)
    this.#expected = numberAt(bytes, 152)
    // A journal that holds nothing yet has only its tables.
    if (this.#tail === 0) this.#next = 'nothing'
    else this.#goOn(size - HEADER)
  }

  #object(bytes: Buffer): void {
    const type = bytes[0]!
    const size = numberAt(bytes, 8)
    this.#at = this.#offset - OBJECT
    this.#flags = bytes[1]!
    if (type === 0 || type >= TYPES || size < OBJECT || this.#at > this.#tail) {
      this.#break('damaged')
      return
    }
    const body = size - OBJECT
    const head = DATA_HEAD[this.#form]
    if (type === DATA && body >= head) {
      const fits = body <= DATA_MOST
      this.#expect(fits ? 'data' : 'peek', fits ? body : head + PEEK, body)
    } else if (type === ENTRY && body >= ITEMS && body <= ENTRY_MOST) this.#expect('entry', body, body)
    else if (type === ENTRY || type === DATA) {
      this.#taker.missed('damaged')
      this.#goOn(body)
    } else this.#goOn(body)
  }

  #expect(what: 'data' | 'peek' | 'entry', need: number, body: number): void {
    this.#next = what
    this.#need = need
    this.#rest = body - need
  }

  get #form(): 'wide' | 'compact' {
    return this.#compact ? 'compact' : 'wide'
  }

  #data(bytes: Buffer): void {
    try {
      const payload = unpacked(bytes.subarray(DATA_HEAD[this.#form]), this.#flags)
      const field = readField(payload, message => this.#taker.matches(message))
      if (field === undefined) return
      if (this.#fields.size < LIMITS.journalFields) this.#fields.set(this.#at, field)
      else this.#forgotFrom = Math.min(this.#forgotFrom, this.#at)
    } catch (error) {
      this.#taker.missed(codeOf(error))
    }
  }

  #tooLarge(bytes: Buffer): void {
    const payload = bytes.subarray(DATA_HEAD[this.#form])
    // What is packed does not show its field.
    if (this.#flags !== 0 || fieldOf(payload) !== undefined) this.#taker.missed('too-large')
  }

  #entry(bytes: Buffer): void {
    this.#entries++
    const time = Math.floor(numberAt(bytes, 8) / 1_000)
    if (!Number.isSafeInteger(time)) this.#taker.missed('damaged')
    if (!Number.isSafeInteger(time) || !this.#taker.wants(time)) return
    const item = ITEM[this.#form]
    const told: { [of in Field['of']]?: Field } = {}
    for (let at = ITEMS; at + item <= bytes.length; at += item) {
      const place = this.#compact ? bytes.readUInt32LE(at) : numberAt(bytes, at)
      const field = this.#fields.get(place)
      if (field === undefined && place >= this.#forgotFrom) {
        this.#unknown++
        return
      }
      if (field !== undefined) told[field.of] = field
    }
    this.#taker.entry({
      time,
      unit: told.unit?.text,
      program: (told.program ?? told.command)?.text,
      priority: told.priority && /^[0-7]$/.test(told.priority.text) ? Number(told.priority.text) : undefined,
      matched: told.message?.matched ?? NONE
    })
  }

  #break(code: string): void {
    this.#broken = true
    this.#next = 'nothing'
    this.#taker.missed(code)
  }
}

const NONE: readonly number[] = []

/** A number of 64 bits; one beyond 2^53 loses its last bits, and is nothing that a sound file has. */
const numberAt = (bytes: Buffer, at: number): number =>
  bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32
