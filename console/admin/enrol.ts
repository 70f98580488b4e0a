import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { readAgent } from '../../src/cli/personal.ts'
import { decodeEnrolment } from '../../src/documents/enrolment.ts'
import { documentId, encodeEnvelope } from '../../src/documents/envelope.ts'
import { read } from '../../src/documents/read.ts'
import { write } from '../../src/documents/write.ts'
import { GumshoeError } from '../../src/errors.ts'
import type { AdminContext } from './context.ts'
import { describeGrant } from './describe.ts'
import { finishGrant, finishPersonal } from './finish.ts'
import { draftGrant } from './grant-draft.ts'
import { requireChain } from './mesh-home.ts'
import { ownSigner, signOwn } from './own-signers.ts'

export interface EnrolRequest {
  readonly tags: readonly string[]
  readonly leaf: boolean
  readonly hosts: number
  readonly expiresMs: number
  readonly out?: string
  /** The agent's executable: the enrolment goes behind it instead of into a file of its own. */
  readonly binary?: string
}

/** `gumshoe enrol`: the one file that an admin hands to hosts, or its draft where more admins must sign. */
export const enrol = async (context: AdminContext, request: EnrolRequest): Promise<void> => {
  const { binary } = request
  const executable = binary === undefined ? undefined : readAgent(binary)
  const now = context.clock.now()
  const chain = await requireChain(context.home, now)
  const { grant, seed } = draftGrant({
    mesh: chain.mesh,
    tags: request.tags,
    leaf: request.leaf,
    hosts: request.hosts,
    now,
    notAfter: now + request.expiresMs
  })
  const bytes = write({ ...grant, kind: 'gumshoe/grant/1' })
  const id = documentId(bytes)
  const signer = await ownSigner(context, [chain.current.charter], { admins: true })
  for (const line of describeGrant(read(bytes, 'gumshoe/grant/1'), id)) context.tell(line)
  if (!(await context.confirm('Sign this grant?'))) throw new GumshoeError('usage', 'Nothing was made.')
  const envelope = await signOwn(context, encodeEnvelope({ bytes, signatures: [] }), signer)
  const out =
    request.out ?? (binary === undefined ? `${id.slice(0, 8)}.enrol` : `gumshoe-agent-${id.slice(0, 8)}`)
  await finishGrant(context, {
    envelope,
    charters: chain.envelopes(),
    seed,
    out,
    saved: `${out}.saved`,
    ...(executable && { executable })
  })
}

/** `gumshoe enrol --from`: puts an enrolment file that is there already behind the agent's executable. */
export const personaliseFrom = (
  context: AdminContext,
  { binary, from, out }: { binary: string; from: string; out?: string | undefined }
): void => {
  const enrolment = readFileSync(from)
  decodeEnrolment(enrolment)
  const to = out ?? `gumshoe-agent-${basename(from, '.enrol')}`
  finishPersonal(context, to, readAgent(binary), enrolment)
}
