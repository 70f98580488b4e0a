import { GumshoeError } from '../../../errors.ts'

/** Shortest match of the format. */
const LEAST = 4

const damaged = (): GumshoeError => new GumshoeError('unreadable', 'It is no sound LZ4 block.')

/** A length that does not fit its four bits goes on in bytes, of which the last is not 255. */
const longer = (block: Uint8Array, place: { at: number }, length: number): number => {
  if (length < 15) return length
  for (;;) {
    const more = block[place.at++]
    if (more === undefined) throw damaged()
    length += more
    if (more < 255) return length
  }
}

/** One block of LZ4 (the block format, without frame) that holds exactly `size` bytes. Throws `unreadable`. */
export const lz4Block = (block: Uint8Array, size: number): Buffer => {
  const out = Buffer.alloc(size)
  const place = { at: 0 }
  let filled = 0
  while (place.at < block.length) {
    const token = block[place.at++]!
    const literals = longer(block, place, token >> 4)
    if (literals > size - filled || literals > block.length - place.at) throw damaged()
    out.set(block.subarray(place.at, place.at + literals), filled)
    filled += literals
    place.at += literals
    // The last sequence is literals alone.
    if (place.at === block.length) break
    if (place.at + 2 > block.length) throw damaged()
    const back = block[place.at]! | (block[place.at + 1]! << 8)
    place.at += 2
    const match = longer(block, place, token & 15) + LEAST
    if (back === 0 || back > filled || match > size - filled) throw damaged()
    // Byte by byte: a match may overlap what it makes.
    for (let i = 0; i < match; i++, filled++) out[filled] = out[filled - back]!
  }
  if (filled !== size) throw damaged()
  return out
}
