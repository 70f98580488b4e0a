export interface Range {
  /** First key, inclusive. */
  readonly from?: string
  /** Last key, exclusive. */
  readonly to?: string
  readonly limit?: number
  readonly reverse?: boolean
}

const NO_BYTE = /[^\0-\xff]/

/**
 * Keys are bytes as they stand, one a character: the key of a damaged record is named by its own bytes, or it could not be
 * removed. Throws a RangeError for a character that is no byte.
 */
export const KEY_ENCODING = {
  name: 'bytes',
  format: 'buffer' as const,
  encode: (key: string): Buffer => {
    if (NO_BYTE.test(key)) throw new RangeError('A key of a store holds a character that is no byte.')
    return Buffer.from(key, 'latin1')
  },
  decode: (bytes: Buffer): string => bytes.toString('latin1')
}

const ASCII = /^[\0-\x7f]*$/

/** The encoding by which a key goes to LevelDB soonest: of ASCII the bytes are the same, and no Buffer is made. */
export const encodingOf = (key: string): 'utf8' | typeof KEY_ENCODING =>
  ASCII.test(key) ? 'utf8' : KEY_ENCODING

/** Keys are `shelf/key`: one order for all, so that a batch over shelves is one write. */
export const place = (shelf: string, key: string): string => `${shelf}/${key}`

/** The keys of a part of a shelf, as LevelDB takes them. */
export const bounds = (shelf: string, { from = '', to, limit = -1, reverse = false }: Range) => ({
  gte: place(shelf, from),
  lt: to === undefined ? `${shelf}0` : place(shelf, to),
  limit,
  reverse
})
