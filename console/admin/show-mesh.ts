import { fromBase64 } from '../../src/codec.ts'
import type { Charter } from '../../src/documents/charter.ts'
import { readPublicKey } from '../../src/trust/pgp.ts'
import { expiryWarnings } from './charter-draft.ts'
import type { AdminContext } from './context.ts'
import { describeCharter } from './describe.ts'
import { requireChain } from './mesh-home.ts'

/** What ends soon, of the charter and of the keys of persons in force; shown by every screen from 30 days before. */
export const warningsOf = async (charter: Charter, now: number): Promise<string[]> => {
  const ends: { name: string; fingerprint: string; expires?: number }[] = []
  for (const { name, keys } of charter.persons) {
    if (charter.revoked.persons.includes(name)) continue
    for (const { fingerprint, key } of keys) {
      if (charter.revoked.keys.includes(fingerprint)) continue
      const { expires } = await readPublicKey(fromBase64(key))
      ends.push({ name, fingerprint, ...(expires !== undefined && { expires }) })
    }
  }
  return expiryWarnings(charter, ends, now)
}

/** `gumshoe mesh show` */
export const showMesh = async (context: AdminContext): Promise<void> => {
  const now = context.clock.now()
  const { charter, id } = (await requireChain(context.home, now)).current
  for (const line of describeCharter(charter, id)) context.say(line)
  for (const line of await warningsOf(charter, now)) context.tell(line)
}
