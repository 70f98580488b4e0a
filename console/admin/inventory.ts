import { fromBase64, sameBytes, toBase64 } from '../../src/codec.ts'
import type { Charter, Person } from '../../src/documents/charter.ts'
import { codeOf, GumshoeError } from '../../src/errors.ts'
import { publicOf } from '../../src/trust/hpke.ts'
import type { KeyHolder } from '../../src/trust/key-holder.ts'
import { encryptTo } from '../../src/trust/pgp.ts'

type Persons = Pick<Charter, 'persons' | 'revoked'>

/**
 * The inventory's private key for each key of each person in force (docs/adr/0006). A key that has expired since the
 * charter took it (`before`) gets none, or it would hinder every change, even a revocation; a new one throws `key-expired`.
 */
export const wrapInventory = async (
  privateKey: Uint8Array,
  { persons, revoked }: Persons,
  now: number,
  before: readonly Person[] = []
): Promise<Charter['inventory']> => {
  const held = new Set(before.flatMap(({ keys }) => keys.map(({ key }) => key)))
  const keys = persons
    .filter(person => !revoked.persons.includes(person.name))
    .flatMap(person => person.keys)
    .filter(key => !revoked.keys.includes(key.fingerprint))
    .sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1))
  const unique = keys.filter((key, i) => key.fingerprint !== keys[i - 1]?.fingerprint)
  const wraps = await Promise.all(
    unique.map(async ({ fingerprint, key }) => {
      try {
        const box = await encryptTo(privateKey, [{ fingerprint, bytes: fromBase64(key) }], now)
        return [{ reader: fingerprint, box: toBase64(box) }]
      } catch (error) {
        if (codeOf(error) === 'key-expired' && held.has(key)) return []
        throw error
      }
    })
  )
  return { key: toBase64(publicOf(privateKey)), wraps: wraps.flat() }
}

/** The private key that facts of hosts open with, by one's own key. Throws `no-key` where it isn't wrapped to it. */
export const openInventory = async (charter: Charter, holder: KeyHolder): Promise<Uint8Array> => {
  const wrap = charter.inventory.wraps.find(({ reader }) => reader === holder.fingerprint)
  if (wrap === undefined)
    throw new GumshoeError(
      'no-key',
      `The inventory of the mesh is not open to the key ${holder.fingerprint}.`,
      {
        fix: 'Have an admin add the key: gumshoe mesh add investigator NAME=KEYFILE.'
      }
    )
  const privateKey = new Uint8Array(await holder.decrypt(fromBase64(wrap.box)))
  if (privateKey.length !== 32 || !sameBytes(publicOf(privateKey), fromBase64(charter.inventory.key)))
    throw new GumshoeError(
      'charter-invalid',
      'The key in the charter for the inventory is not the one it names.'
    )
  return privateKey
}
