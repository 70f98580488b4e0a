import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { GumshoeError } from '../src/errors.ts'

const NONCE = 12
const TAG = 16

/** What an agent keeps of its host is encrypted in its store; the key is the home's own, so that a copy of the store alone opens nothing. */
export class AtRest {
  readonly #key: Uint8Array

  constructor(key: Uint8Array) {
    this.#key = key
  }

  encrypt(plain: Uint8Array): Uint8Array {
    const nonce = randomBytes(NONCE)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce)
    return new Uint8Array(Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]))
  }

  /** Throws `store-damaged`. */
  decrypt(box: Uint8Array): Uint8Array {
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, box.subarray(0, NONCE))
      decipher.setAuthTag(box.subarray(-TAG))
      return new Uint8Array(Buffer.concat([decipher.update(box.subarray(NONCE, -TAG)), decipher.final()]))
    } catch (cause) {
      const message = 'What is kept can not be read with the key of this home.'
      throw new GumshoeError('store-damaged', message, { cause })
    }
  }

  /** A name of something that tells nothing of it. */
  nameOf(bytes: Uint8Array): string {
    return createHmac('sha256', this.#key).update('name').update(bytes).digest('hex').slice(0, 32)
  }
}
