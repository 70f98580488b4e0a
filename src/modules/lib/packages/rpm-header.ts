/** One package in a database of RPM: an index of tags, each 16 bytes, and behind it what they point to. */
export interface RpmHeader {
  readonly name: string
  readonly version?: string
  readonly release?: string
  readonly epoch?: number
  readonly arch?: string
  readonly sourceRpm?: string
  /** Seconds since 1970. */
  readonly installTime?: number
}

/** Tags of rpmtag.h, and what they are called here. */
const TAGS = new Map<number, keyof RpmHeader>([
  [1000, 'name'],
  [1001, 'version'],
  [1002, 'release'],
  [1003, 'epoch'],
  [1008, 'installTime'],
  [1022, 'arch'],
  [1044, 'sourceRpm']
])
const INT32 = 4
const STRING = 6
const ENTRY = 16
const INTRO = 8
/** No name or version is so long; the texts of a hostile one would be. */
const TEXT = 4_096

/** What a header says of its package; undefined where it is no sound one. Each length is held against the bytes that are there. */
export const headerOf = (blob: Uint8Array): RpmHeader | undefined => {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength)
  if (bytes.length < INTRO) return undefined
  const entries = bytes.readUInt32BE(0)
  const data = INTRO + entries * ENTRY
  const end = data + bytes.readUInt32BE(4)
  if (end > bytes.length) return undefined
  const found: Partial<Record<keyof RpmHeader, string | number>> = {}
  for (let at = INTRO; at < data; at += ENTRY) {
    const name = TAGS.get(bytes.readUInt32BE(at))
    if (name === undefined || found[name] !== undefined) continue
    const value = valueAt(bytes, bytes.readUInt32BE(at + 4), data + bytes.readUInt32BE(at + 8), end)
    if (value !== undefined && typeof value === (isNumber(name) ? 'number' : 'string')) found[name] = value
  }
  return typeof found.name === 'string' && found.name !== '' ? (found as unknown as RpmHeader) : undefined
}

const isNumber = (name: keyof RpmHeader): boolean => name === 'epoch' || name === 'installTime'

const valueAt = (bytes: Buffer, type: number, at: number, end: number): string | number | undefined => {
  if (type === INT32) return at + 4 <= end ? bytes.readUInt32BE(at) : undefined
  if (type !== STRING || at >= end) return undefined
  const text = bytes.subarray(at, Math.min(end, at + TEXT))
  const stop = text.indexOf(0)
  return stop < 0 ? undefined : text.toString('latin1', 0, stop)
}
