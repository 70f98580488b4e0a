/** struct utmp of utmp(5), with glibc: 384 bytes where the time has 32 bits, 400 where it has 64. */
const FORMS = [
  { size: 384, time: 340, wide: false },
  { size: 400, time: 344, wide: true }
] as const
type Form = (typeof FORMS)[number]

/** Types of records, as utmp(5) numbers them. */
export const UTMP_TYPES = {
  runLevel: 1,
  boot: 2,
  newTime: 3,
  oldTime: 4,
  login: 6,
  user: 7,
  dead: 8
} as const

/** One record; texts are latin1, the time is ms since 1970. */
export interface UtmpRecord {
  readonly type: number
  readonly user: string
  readonly line: string
  readonly host: string
  readonly at: number
}

/** A text of fixed width, up to its first NUL. */
export const fixedText = (bytes: Buffer, from: number, length: number): string => {
  const part = bytes.subarray(from, from + length)
  const end = part.indexOf(0)
  return part.toString('latin1', 0, end < 0 ? length : end)
}

/** Records of a wtmp or btmp file of either form; those without a moment are left out. */
export const utmpRecords = (file: Buffer): UtmpRecord[] => {
  const records: UtmpRecord[] = []
  const reader = new UtmpReader(record => records.push(record), file.length)
  reader.take(file)
  return records
}

/** The same of a stream: chunks go in, records come out. */
export class UtmpReader {
  readonly #record: (record: UtmpRecord) => void
  readonly #size: number | undefined
  #form: Form | undefined
  #part: Buffer = Buffer.alloc(0)

  /** `size` is that of the whole file, where it is known. */
  constructor(record: (record: UtmpRecord) => void, size?: number) {
    this.#record = record
    this.#size = size
  }

  /** True where the file ended within a record. */
  get torn(): boolean {
    return this.#part.length > 0
  }

  /** Takes the next bytes; the buffer may be used again afterwards. */
  take(chunk: Buffer): void {
    const bytes = this.#part.length > 0 ? Buffer.concat([this.#part, chunk]) : chunk
    this.#form ??=
      FORMS.find(
        ({ size }) => (this.#size === undefined || this.#size % size === 0) && plausible(bytes, size)
      ) ?? FORMS[0]
    const { size } = this.#form
    let at = 0
    for (; at + size <= bytes.length; at += size) {
      const record = recordAt(bytes, at, this.#form)
      if (record !== undefined) this.#record(record)
    }
    this.#part = Buffer.from(bytes.subarray(at))
  }
}

const recordAt = (bytes: Buffer, at: number, form: Form): UtmpRecord | undefined => {
  const seconds = form.wide
    ? Number(bytes.readBigInt64LE(at + form.time))
    : bytes.readUInt32LE(at + form.time)
  const ms = seconds * 1_000
  if (ms <= 0 || !Number.isSafeInteger(ms)) return undefined
  return {
    type: bytes.readInt16LE(at),
    line: fixedText(bytes, at + 8, 32),
    user: fixedText(bytes, at + 44, 32),
    host: fixedText(bytes, at + 76, 256),
    at: ms
  }
}

/** utmp(5): a record's type is 0 to 9, in every record where the length of one is right. */
const plausible = (file: Buffer, size: number): boolean => {
  for (let at = 0; at + size <= Math.min(file.length, 64 * size); at += size) {
    const type = file.readInt16LE(at)
    if (type < 0 || type > 9) return false
  }
  return true
}
