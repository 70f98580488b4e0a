import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { encodeEnvelope } from '../src/documents/envelope.ts'
import { Database } from '../src/store/database.ts'
import { Documents } from '../src/store/documents.ts'
import { vectors } from './vectors.ts'

/** Where the store of the first layout lies; a new layout gets a directory beside it, this one is never written again. */
export const STORE_V1 = join(import.meta.dirname, 'vectors/store/v1')
export const STORE_NODE = '12D3KooWEqnTdgDrm7WGUf9UGNQsDQhLaJ9zUbkyFSJtbBnLDQzB'

const KINDS = [
  'action',
  'answer',
  'cancel',
  'charter',
  'dropped',
  'grant',
  'keywrap',
  'membership',
  'presence'
] as const

/** The documents in it: the full vector of each kind, in an envelope with a made-up signature. */
export const storedDocuments = (): { kind: string; id: string; parcel: { envelope: Uint8Array } }[] =>
  KINDS.map(kind => {
    const { hex, id } = vectors<{ hex: string; id: string }>(`${kind}/full.json`)
    const bytes = new Uint8Array(Buffer.from(hex, 'hex'))
    return {
      kind: `gumshoe/${kind}/1`,
      id,
      parcel: { envelope: encodeEnvelope({ bytes, signatures: [new Uint8Array(64).fill(7)] }) }
    }
  })

/** Makes the store once: `node test/make-store.ts`. */
const make = async (): Promise<void> => {
  const database = await Database.open(join(STORE_V1, 'db'))
  const documents = await Documents.open(database, STORE_NODE)
  for (const kept of storedDocuments()) await documents.put(kept, { action: 'ab'.repeat(32) })
  await database.close()
  for (const name of ['LOCK', 'LOG', 'LOG.old']) rmSync(join(STORE_V1, 'db', name), { force: true })
}

if (process.argv[1] === import.meta.filename && !existsSync(join(STORE_V1, 'db'))) await make()
