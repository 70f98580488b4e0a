import { fromBase64 } from '../../src/codec.ts'
import type { Charter } from '../../src/documents/charter.ts'
import { GumshoeError } from '../../src/errors.ts'
import type { KeyHolder } from '../../src/trust/key-holder.ts'
import { findKey, listKeys, openKey } from '../keys/store.ts'
import { adminsInForce } from './charter-draft.ts'
import type { AdminContext } from './context.ts'
import { type KeySigner, signWith } from './standing.ts'

/** A key that this person can sign with here, opened only when it signs. */
export interface OwnSigner extends KeySigner {
  open(): Promise<KeyHolder>
}

/** Keys that a command has opened already: it asks for a passphrase once, whatever it signs and opens. */
const openedBy = new WeakMap<AdminContext, Map<string, Promise<KeyHolder>>>()

const openOnce = (context: AdminContext, fingerprint: string): Promise<KeyHolder> => {
  const opened = openedBy.get(context) ?? new Map<string, Promise<KeyHolder>>()
  openedBy.set(context, opened)
  const known = opened.get(fingerprint)
  if (known !== undefined) return known
  const { home, passphrase, clock } = context
  const holder = findKey(home, fingerprint).then(key => openKey(home, key, passphrase, clock))
  opened.set(fingerprint, holder)
  holder.catch(() => opened.delete(fingerprint))
  return holder
}

const signerKeys = (charter: Charter, admins: boolean): KeySigner[] => {
  const persons = admins
    ? adminsInForce(charter)
    : charter.persons.filter(({ name }) => !charter.revoked.persons.includes(name))
  return persons
    .flatMap(({ keys }) => keys)
    .filter(({ fingerprint }) => !charter.revoked.keys.includes(fingerprint))
    .map(({ fingerprint, key }) => ({ fingerprint, bytes: fromBase64(key) }))
}

/**
 * The own key to sign with among those whose word counts in one of these charters: the one of --gpg or --key, else the
 * default one, else the only one. Throws `no-key`, `unknown-signer`.
 */
export const ownSigner = async (
  context: AdminContext,
  charters: readonly Charter[],
  options: { admins: boolean }
): Promise<OwnSigner> => {
  const counting = new Map(
    charters
      .flatMap(charter => [
        ...signerKeys(charter, options.admins),
        ...(options.admins && charter.recovery
          ? [{ fingerprint: charter.recovery.fingerprint, bytes: fromBase64(charter.recovery.key) }]
          : [])
      ])
      .map(key => [key.fingerprint, key])
  )
  const role = options.admins ? ADMIN : PERSON
  if (context.gpg !== undefined) {
    const { gpg } = context
    const key = counting.get(gpg.fingerprint)
    if (key === undefined) throw stranger(gpg.fingerprint, role)
    return { ...key, open: async () => gpg }
  }
  const opened = (fingerprint: string): OwnSigner => ({
    ...counting.get(fingerprint)!,
    open: () => openOnce(context, fingerprint)
  })
  if (context.key !== undefined) {
    const { fingerprint } = await findKey(context.home, context.key)
    if (!counting.has(fingerprint)) throw stranger(fingerprint, role)
    return opened(fingerprint)
  }
  const own = (await listKeys(context.home)).filter(({ fingerprint }) => counting.has(fingerprint))
  const chosen = own.find(({ isDefault }) => isDefault) ?? (own.length === 1 ? own[0] : undefined)
  if (chosen !== undefined) return opened(chosen.fingerprint)
  if (own.length > 1)
    throw new GumshoeError('no-key', 'Several keys of this home could sign; name one: --key.')
  // Says what is wrong with the home where it has no key at all.
  if ((await listKeys(context.home)).length === 0) await findKey(context.home)
  throw new GumshoeError('unknown-signer', `No key of this home is ${role.name}'s in the charter.`, {
    fix: role.fix
  })
}

interface Signing {
  readonly name: string
  readonly fix: string
}
/** Charters and grants. */
const ADMIN: Signing = {
  name: 'an admin',
  fix: "Only admins sign this: hand the file to one of them, or name an admin's key with --key or --gpg."
}
const PERSON: Signing = {
  name: 'a person',
  fix: 'Have an admin add the key: gumshoe mesh add investigator NAME=KEYFILE.'
}

/** What to do about a key that may not sign: charters and grants are for admins, questions for any person. */
export const signerFix = (admins: boolean): string => (admins ? ADMIN : PERSON).fix

const stranger = (fingerprint: string, role: Signing): GumshoeError =>
  new GumshoeError('unknown-signer', `The key ${fingerprint} is not ${role.name}'s in the charter.`, {
    fix: role.fix
  })

/** Adds the own signature to an envelope. */
export const signOwn = async (
  context: AdminContext,
  envelope: Uint8Array,
  signer: OwnSigner
): Promise<Uint8Array> => await signWith(envelope, await signer.open(), signer, context.clock.now())
