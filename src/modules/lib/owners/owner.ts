/** What the database of packages says of one file: it is the host's own word, and an intruder may have written to it too. */
export interface Owner {
  readonly package: string
  /** Digests that the file has where nobody changed it, by algorithm; none where the database has none. */
  readonly digests: readonly (readonly [algorithm: string, hex: string])[]
}
