import { formatTime } from '../../src/clock.ts'
import { toBase64 } from '../../src/codec.ts'
import { isReservedName } from '../../src/documents/facts.ts'
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
  if (!Number.isInteger(request.hosts) || request.hosts < 1)
    throw new GumshoeError('usage', `--max ${request.hosts}: write for how many hosts, 1 or more.`)
  const keys = request.tags.map(tag => {
    if (!tagForm.safeParse(tag).success)
      throw new GumshoeError('usage', `--tag ${JSON.stringify(tag)}: write key=value of a-z 0-9 . _ -`)
    const key = tag.slice(0, tag.indexOf('='))
    if (isReservedName(key))
      throw new GumshoeError(
        'usage',
        `--tag ${tag}: ${key} is a fact or a word of targets, so it can't be a tag.`,
        {
          fix: 'Choose another key; gumshoe help target lists the facts.'
        }
      )
    return key
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
