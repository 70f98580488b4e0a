import { parseTime } from '../src/clock.ts'
import { ACTION_KINDS, isActionKind } from '../src/documents/action.ts'
import { decodeEnvelope } from '../src/documents/envelope.ts'
import { read, readAction } from '../src/documents/read.ts'
import type { Documents } from '../src/store/documents.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import { signerNames } from '../src/trust/signers.ts'
import { OpenActions } from './open-actions.ts'
import { countedOf, type PersonQuota } from './person-quota.ts'

/** What is open, and whose it is, from the store: at start. */
export const readOpen = async (
  documents: Documents,
  chain: CharterChain,
  persons: PersonQuota
): Promise<OpenActions> => {
  const open = new OpenActions()
  const filter = { kinds: [...ACTION_KINDS, 'gumshoe/cancel/1'], untilNow: true }
  for await (const item of documents.follow(filter, [], new AbortController().signal)) {
    if ('caughtUp' in item) break
    const { envelope } = item.parcel
    const { bytes, signatures } = decodeEnvelope(envelope)
    const { charter } = chain.current
    if (isActionKind(item.kind)) {
      const action = readAction(bytes)
      open.add(item.id, action, charter.topicKeys)
      persons.keep(countedOf({ id: item.id, action, envelope }, await signerNames({ signatures }, charter)))
    } else {
      const { action, issued } = read(bytes, 'gumshoe/cancel/1')
      open.cancel(action, envelope, parseTime(issued))
    }
  }
  return open
}
