import { join } from 'node:path'

/**
 * What lies where in a console's home (0700, files 0600). One home belongs to one person in one mesh.
 * `keys/<fingerprint>/` holds `public.pgp` and either `secret.pgp` (locked by its passphrase) or `gpg.json` (GnuPG holds it).
 */
export const homeLayout = (home: string) => ({
  home,
  /** Every charter version, oldest first (documents/charter-file.ts). */
  charters: join(home, 'charters.cbor'),
  keys: join(home, 'keys'),
  key: (fingerprint: string) => ({
    directory: join(home, 'keys', fingerprint),
    public: join(home, 'keys', fingerprint, 'public.pgp'),
    secret: join(home, 'keys', fingerprint, 'secret.pgp'),
    gpg: join(home, 'keys', fingerprint, 'gpg.json')
  }),
  /** The fingerprint of the key that is used where none is named. */
  defaultKey: join(home, 'keys', 'default'),
  /** All that `gumshoe lock` drops: the console's key with its voucher, and sealing keys that were unlocked. */
  session: join(home, 'session'),
  console: join(home, 'session', 'console.cbor'),
  sealingKey: (id: string) => join(home, 'session', `${id}.key`),
  /** The history of actions and answers (store/database.ts). */
  database: join(home, 'db'),
  /** What is being written in an editor, until it is asked. */
  composition: join(home, 'compose.jsonc'),
  /** Lines typed at the prompt. */
  history: join(home, 'prompt-history')
})

export type HomeLayout = ReturnType<typeof homeLayout>
