import { fromBase64 } from '../codec.ts'
import type { Charter } from '../documents/charter.ts'
import { GumshoeError } from '../errors.ts'
import { namesOfKey, type PublicKeyInput } from './pgp.ts'
import { signerHint } from './signature-packet.ts'

/** The keys of a charter's persons by every name that a signature may call them. */
export class KeyIndex {
  readonly #byName: ReadonlyMap<string, readonly PublicKeyInput[]>

  private constructor(byName: ReadonlyMap<string, readonly PublicKeyInput[]>) {
    this.#byName = byName
  }

  /**
   * Made once a charter. Throws `charter-invalid` where a key is not the one that its fingerprint names, or where one
   * subkey hangs on two keys: one hand would count as two persons (threats.md, T5).
   */
  static async of(charter: Charter): Promise<KeyIndex> {
    const inputs = charter.persons.flatMap(person =>
      person.keys.map(({ fingerprint, key }) => ({ fingerprint, bytes: fromBase64(key) }))
    )
    const byName = new Map<string, PublicKeyInput[]>()
    for (const input of inputs) {
      for (const { fingerprint, keyId } of await namesIn(input)) {
        if (byName.has(fingerprint)) throw invalid(`two keys share ${fingerprint}`)
        byName.set(fingerprint, [input])
        byName.set(keyId, [...(byName.get(keyId) ?? []), input])
      }
    }
    return new KeyIndex(byName)
  }

  /** The keys that a signature may be by, before any crypto. Throws `malformed`. */
  keysOf(signature: Uint8Array): readonly PublicKeyInput[] {
    const { fingerprint, keyId } = signerHint(signature)
    return this.#byName.get(fingerprint ?? keyId ?? '') ?? []
  }
}

const namesIn = async (input: PublicKeyInput) => {
  const names = await namesOfKey(input).catch(() => [])
  if (names[0]?.fingerprint !== input.fingerprint)
    throw invalid(`the key called ${input.fingerprint} is another one`)
  return names
}

const invalid = (why: string): GumshoeError =>
  new GumshoeError('charter-invalid', `The charter does not verify: ${why}.`)

const indexes = new WeakMap<Charter, Promise<KeyIndex>>()

export const keyIndexOf = (charter: Charter): Promise<KeyIndex> => {
  const known = indexes.get(charter) ?? KeyIndex.of(charter)
  indexes.set(charter, known)
  return known
}
