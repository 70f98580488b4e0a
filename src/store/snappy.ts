/**
 * A block of Snappy (format_description.txt) as it was before. Throws where it is none, or says that it is larger than
 * `most`. LevelDB packs the index of a table with it.
 */
export const unsnap = (packed: Uint8Array, most: number): Uint8Array => {
  const { value: size, end } = lengthAt(packed)
  if (size > most) throw new Error('It is too large.')
  const out = new Uint8Array(size)
  let filled = 0
  for (let at = end; at < packed.length; ) {
    const tag = packed[at++]!
    if ((tag & 3) === 0) {
      const more = Math.max(0, (tag >> 2) - 59)
      const length = more === 0 ? (tag >> 2) + 1 : littleAt(packed, at, more) + 1
      at += more
      if (at + length > packed.length || filled + length > size) throw new Error('A literal has no room.')
      out.set(packed.subarray(at, at + length), filled)
      at += length
      filled += length
      continue
    }
    const short = (tag & 3) === 1
    const width = short ? 1 : (tag & 3) === 2 ? 2 : 4
    const length = short ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
    const far = littleAt(packed, at, width) + (short ? (tag >> 5) << 8 : 0)
    at += width
    if (far === 0 || far > filled || filled + length > size) throw new Error('A copy is of nothing.')
    // It may reach into what it makes itself.
    for (const stop = filled + length; filled < stop; filled++) out[filled] = out[filled - far]!
  }
  if (filled !== size) throw new Error('It is not whole.')
  return out
}

const littleAt = (bytes: Uint8Array, at: number, width: number): number => {
  if (at + width > bytes.length) throw new Error('It is not whole.')
  let value = 0
  for (let i = width - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!
  return value
}

/** 7 bits a byte, the last ones in front. */
export const lengthAt = (bytes: Uint8Array, at = 0): { value: number; end: number } => {
  let value = 0
  for (let i = 0; i < 8; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) break
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return { value, end: at + i + 1 }
  }
  throw new Error('A number has no end.')
}
