import type { Charter } from '../../src/documents/charter.ts'
import { listKeys } from '../keys/store.ts'
import type { AdminContext } from './context.ts'
import { adopt } from './mesh-home.ts'
import { sayMeshId } from './mesh-id.ts'
import { personOf } from './standing.ts'

/** `gumshoe mesh join`: takes a charter file into the home, and says whether this home's keys count for anything there. Throws as `adopt`. */
export const joinHome = async (context: AdminContext, envelopes: readonly Uint8Array[]): Promise<void> => {
  const chain = await adopt(context.home, envelopes, context.clock.now())
  const { charter } = chain.current
  context.say(chain.mesh)
  context.tell(`This home belongs to the mesh ${charter.name} now, version ${charter.version}.`)
  for (const line of await keyWarnings(context, charter)) context.tell(line)
  context.tell(`Next: read the mesh id to an admin by voice: ${sayMeshId(chain.mesh)}`)
}

/** Said at once: else the first question is refused, long after the admin has gone home. */
const keyWarnings = async ({ home, gpg }: AdminContext, charter: Charter): Promise<string[]> => {
  const own = [
    ...(await listKeys(home)).map(({ fingerprint }) => fingerprint),
    ...(gpg ? [gpg.fingerprint] : [])
  ]
  if (own.some(fingerprint => personOf(charter, fingerprint) !== undefined)) return []
  const add = 'have an admin add it: gumshoe mesh add investigator NAME=FILE.'
  if (own.length === 0)
    return [
      `WARNING: this home has no key yet. gumshoe key make NAME, gumshoe key export -o FILE, then ${add}`
    ]
  const keys = own.map(fingerprint => fingerprint.toUpperCase()).join(', ')
  return [
    `WARNING: the charter does not name the key of this home (${keys}). gumshoe key export -o FILE, then ${add}`
  ]
}
