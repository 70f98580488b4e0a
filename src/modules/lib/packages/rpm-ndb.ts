/** RPM's own database, `Packages.db`: 16-byte slots in the first pages say where each package's blob is, in blocks of 16. */
const PAGE = 4_096
const SLOT = 16
/** The file's header has the room of two slots. */
const FIRST = 2 * SLOT

const FILE_MAGIC = 0x506d7052
const SLOT_MAGIC = 0x746f6c53
const BLOB_MAGIC = 0x53626c42

/** The blobs of all packages. Throws where the file is none of these, or where two of them are one; an empty blob stands for one that is not whole. */
export function* ndbValues(bytes: Buffer): Generator<Uint8Array> {
  if (bytes.length < PAGE || bytes.readUInt32LE(0) !== FILE_MAGIC) throw new Error('It is no ndb.')
  const end = bytes.readUInt32LE(12) * PAGE
  if (end > bytes.length) throw new Error('Its slots are not all there.')
  // A blob that two slots point to would be told twice as often as there are bytes for it.
  const told = new Set<number>()
  // Nor have they more bytes together than there are, or each would be another look at the same ones.
  let room = bytes.length
  for (let at = FIRST; at < end; at += SLOT) {
    if (bytes.readUInt32LE(at) !== SLOT_MAGIC) throw new Error('There is no slot where one should be.')
    const index = bytes.readUInt32LE(at + 4)
    const start = bytes.readUInt32LE(at + 8) * SLOT
    if (index === 0 || start === 0) continue
    if (told.has(start)) throw new Error('Two slots have one blob.')
    told.add(start)
    const blob = blobAt(bytes, start, index)
    room -= blob.length
    if (room < 0) throw new Error('Blobs lie one in another.')
    yield blob
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
