import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { decodeCbor, encodeCbor } from '../src/codec.ts'
import { GumshoeError } from '../src/errors.ts'
import type { Database, Write } from '../src/store/database.ts'
import type { Opening } from '../src/trust/commit.ts'
import { decodeOpenings, encodeOpenings } from '../src/trust/reveal.ts'

const SHELF = 'openings'
const NONCE = 12
const TAG = 16

/** What this host committed to and may be asked to reveal: encrypted at rest, kept for the charter's term. */
export class Openings {
  readonly #database: Database
  readonly #key: Uint8Array

  /** The key is the home's own: a copy of the store alone opens nothing. */
  constructor(database: Database, key: Uint8Array) {
    this.#database = database
    this.#key = key
  }

  /** The write that keeps the openings of one operation until a moment; none where there is nothing to open. */
  write(action: string, op: string, openings: readonly Opening[], until: number): Write[] {
    if (openings.length === 0) return []
    const value = encodeCbor([until, this.#encrypt(encodeOpenings(openings))])
    return [{ shelf: SHELF, key: `${action}/${op}`, value }]
  }

  /** Empty where there are none. Throws `store-damaged`. */
  async read(action: string, op: string): Promise<Opening[]> {
    const value = await this.#database.get(SHELF, `${action}/${op}`)
    if (value === undefined) return []
    const [, box] = decodeCbor(value) as [number, Uint8Array]
    return decodeOpenings(this.#decrypt(box))
  }

  /** Forgets those whose time is over, and those that are damaged. */
  async purge(now: number): Promise<void> {
    const over: Write[] = []
    for await (const { key, value } of this.#database.entries(SHELF)) {
      const until = value === undefined ? 0 : (decodeCbor(value) as [number])[0]
      if (until < now) over.push({ shelf: SHELF, key })
    }
    if (over.length > 0) await this.#database.write(over, { sync: false })
  }

  #encrypt(plain: Uint8Array): Uint8Array {
    const nonce = randomBytes(NONCE)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce)
    return new Uint8Array(Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]))
  }

  #decrypt(box: Uint8Array): Uint8Array {
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, box.subarray(0, NONCE))
      decipher.setAuthTag(box.subarray(-TAG))
      return new Uint8Array(Buffer.concat([decipher.update(box.subarray(NONCE, -TAG)), decipher.final()]))
    } catch (cause) {
      throw new GumshoeError(
        'store-damaged',
        'The kept openings can not be read with the key of this home.',
        {
          cause
        }
      )
    }
  }
}
