/** A part of the kernel's memory, and where /proc/kcore has it. */
export interface KcoreSegment {
  readonly address: bigint
  readonly length: number
  readonly position: bigint
  /** `image` or `modules`. */
  readonly name: Buffer
}

const MAGIC = 0x464c457f
const CLASS_64 = 2
const LITTLE = 1
const HEADER = 64
const ENTRY = 56
const LOAD = 1
/** The physical address of what has none. */
const NONE = 0xffffffffffffffffn
/** Larger is the room for all that the kernel might map (vmalloc), not what it does. */
const MOST = 4n << 30n
const MOST_ENTRIES = 1_024

interface Load {
  readonly position: bigint
  readonly address: bigint
  readonly physical: bigint
  readonly length: bigint
}

/**
 * The image of the kernel and the room of its modules, by the program headers of /proc/kcore (elf(5)). The image lies in the
 * machine's memory, of which other segments are the whole; modules have no place there of their own. Undefined where it has
 * another form.
 */
export const segmentsOf = (head: Buffer): KcoreSegment[] | undefined => {
  const loads = loadsOf(head)
  if (loads === undefined) return undefined
  const isImage = ({ physical, length }: Load): boolean =>
    loads.some(
      other =>
        other.physical !== NONE &&
        other.length > length &&
        physical >= other.physical &&
        physical + length <= other.physical + other.length
    )
  return loads
    .filter(load => load.length > 0n && load.length <= MOST && load.address >= FIRST)
    .flatMap(load => {
      const name = load.physical === NONE ? 'modules' : isImage(load) ? 'image' : undefined
      if (name === undefined) return []
      return [
        {
          address: load.address,
          length: Number(load.length),
          position: load.position,
          name: Buffer.from(name)
        }
      ]
    })
}

const FIRST = 0xffff000000000000n

const loadsOf = (head: Buffer): Load[] | undefined => {
  if (head.length < HEADER || head.readUInt32LE(0) !== MAGIC) return undefined
  if (head[4] !== CLASS_64 || head[5] !== LITTLE || head.readUInt16LE(54) !== ENTRY) return undefined
  const at = head.readBigUInt64LE(32)
  const entries = Math.min(head.readUInt16LE(56), MOST_ENTRIES)
  if (at + BigInt(entries * ENTRY) > BigInt(head.length)) return undefined
  return Array.from({ length: entries }, (_, i) => {
    const entry = head.subarray(Number(at) + i * ENTRY)
    if (entry.readUInt32LE(0) !== LOAD) return []
    return [
      {
        position: entry.readBigUInt64LE(8),
        address: entry.readBigUInt64LE(16),
        physical: entry.readBigUInt64LE(24),
        length: entry.readBigUInt64LE(40)
      }
    ]
  }).flat()
}
