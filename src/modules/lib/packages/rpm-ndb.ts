/** RPM's own database, `Packages.db`: 16-byte slots in the first pages say where each package's blob is, in blocks of 16. */
const PAGE = 4_096
const SLOT = 16
/** The file's header has the room of two slots. */
const FIRST = 2 * SLOT

const FILE_MAGIC = 0x506d7052
const SLOT_MAGIC = 0x746f6c53
const BLOB_MAGIC = 0x53626c42

/** The blobs of all packages. Throws where the file is none of these; an empty blob stands for one that is not whole. */
export function* ndbValues(bytes: Buffer): Generator<Uint8Array> {
  if (bytes.length < PAGE || bytes.readUInt32LE(0) !== FILE_MAGIC) throw new Error('It is no ndb.')
  const end = bytes.readUInt32LE(12) * PAGE
  if (end > bytes.length) throw new Error('Its slots are not all there.')
  // A blob that two slots point to would be told twice as often as there are bytes for it.
  const told = new Set<number>()
  for (let at = FIRST; at < end; at += SLOT) {
    if (bytes.readUInt32LE(at) !== SLOT_MAGIC) throw new Error('There is no slot where one should be.')
    const index = bytes.readUInt32LE(at + 4)
    const start = bytes.readUInt32LE(at + 8) * SLOT
    if (index === 0 || start === 0 || told.has(start)) continue
    told.add(start)
    yield blobAt(bytes, start, index)
  }
}

const NONE = new Uint8Array()

const blobAt = (bytes: Buffer, start: number, index: number): Uint8Array => {
  if (start + SLOT > bytes.length) return NONE
  const isBlob = bytes.readUInt32LE(start) === BLOB_MAGIC && bytes.readUInt32LE(start + 4) === index
  const from = start + SLOT
  const length = bytes.readUInt32LE(start + 12)
  return isBlob && from + length <= bytes.length ? bytes.subarray(from, from + length) : NONE
}
