import { createHash, type Hash } from 'node:crypto'

/** MIG's hash algorithms by the flag that names them and the number of hex digits (mig.md 1.1). */
const ALGORITHMS: Record<string, Record<number, string>> = {
  md5: { 32: 'md5' },
  sha1: { 40: 'sha1' },
  sha2: { 64: 'sha256', 96: 'sha384', 128: 'sha512' },
  sha3: { 56: 'sha3-224', 64: 'sha3-256', 96: 'sha3-384', 128: 'sha3-512' }
}

export type HashFamily = 'md5' | 'sha1' | 'sha2' | 'sha3'

/** The algorithm of a digest by its family and length; undefined where no such length exists. */
export const algorithmOf = (family: HashFamily, hex: string): string | undefined =>
  /^[0-9a-f]+$/.test(hex) ? ALGORITHMS[family]?.[hex.length] : undefined

/** Lengths that a family has, for messages. */
export const lengthsOf = (family: HashFamily): string => Object.keys(ALGORITHMS[family]!).join(', ')

/** Several digests over one stream of chunks. */
export class Digests {
  readonly #hashes = new Map<string, Hash>()

  /** Ready for another stream. */
  begin(): void {
    this.#hashes.clear()
  }

  update(algorithms: Iterable<string>, chunk: Buffer): void {
    for (const name of algorithms) {
      let hash = this.#hashes.get(name)
      if (hash === undefined) {
        hash = createHash(name)
        this.#hashes.set(name, hash)
      }
      hash.update(chunk)
    }
  }

  /** Lower hex by algorithm. */
  finish(): Map<string, string> {
    return new Map([...this.#hashes].map(([name, hash]) => [name, hash.digest('hex')]))
  }
}
