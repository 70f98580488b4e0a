import { formatTime } from '../../src/clock.ts'
import { toBase64 } from '../../src/codec.ts'
import type { Grant } from '../../src/documents/grant.ts'
import { asSet, tagForm } from '../../src/documents/vocabulary.ts'
import { GumshoeError } from '../../src/errors.ts'
import { type Identity, makeIdentity } from '../../src/trust/identity.ts'

export interface GrantRequest {
  readonly mesh: string
  readonly tags: readonly string[]
  readonly leaf: boolean
  readonly hosts: number
  readonly now: number
  /** The last moment at which a host may enrol, in ms. */
  readonly notAfter: number
}

/** A grant with its new enrolment key; not signed yet. Throws `usage` naming the tag. */
export const draftGrant = (
  request: GrantRequest,
  enrolment: Identity = makeIdentity()
): { grant: Grant; seed: Uint8Array } => {
  const keys = request.tags.map(tag => {
    if (!tagForm.safeParse(tag).success)
      throw new GumshoeError('usage', `--tag ${JSON.stringify(tag)}: write key=value of a-z 0-9 . _ -`)
    return tag.slice(0, tag.indexOf('='))
  })
  const twice = keys.find((key, i) => keys.indexOf(key) !== i)
  if (twice !== undefined) throw new GumshoeError('usage', `The tag ${twice} has two values.`)
  return {
    grant: {
      kind: 'gumshoe/grant/1',
      mesh: request.mesh,
      enrolKey: toBase64(enrolment.publicKey),
      tags: asSet(request.tags),
      leaf: request.leaf,
      issued: formatTime(request.now),
      notAfter: formatTime(request.notAfter),
      hosts: request.hosts
    },
    seed: enrolment.seed
  }
}
