import { existsSync } from 'node:fs'
import type { Charter } from '../../src/documents/charter.ts'
import { encodeEnvelope } from '../../src/documents/envelope.ts'
import { write } from '../../src/documents/write.ts'
import { GumshoeError } from '../../src/errors.ts'
import type { KeyHolder } from '../../src/trust/key-holder.ts'
import { makeSealKey } from '../../src/trust/seal.ts'
import { nextCharter } from './charter-draft.ts'
import type { AdminContext } from './context.ts'
import { describeChange, describeCharter } from './describe.ts'
import { finishCharter } from './finish.ts'
import { openInventory, wrapInventory } from './inventory.ts'
import { requireChain } from './mesh-home.ts'
import { ownSigner } from './own-signers.ts'
import { signWith } from './standing.ts'
import { unreachableRules } from './warnings.ts'

export type CharterChange = Parameters<typeof nextCharter>[1]

export interface ChangeRequest {
  /** What changes, given the newest version. */
  change(charter: Charter): CharterChange | Promise<CharterChange>
  /** `wrap` where persons came, `renew` where some may no longer read the facts of hosts. */
  readonly inventory?: 'wrap' | 'renew'
  readonly expires?: number
  /** Where the draft is written while signatures are missing. */
  readonly save?: string
}

const newInventory = async (
  charter: Charter,
  change: CharterChange,
  kind: 'wrap' | 'renew',
  holder: KeyHolder,
  now: number
): Promise<Charter['inventory']> => {
  const key = kind === 'renew' ? makeSealKey().privateKey : await openInventory(charter, holder)
  return await wrapInventory(key, { ...charter, ...change }, now, charter.persons)
}

/** What a newer charter may know better. */
const MAY_BE_OLD = ['not-found', 'known']

/** Whether there is sense in it, by the charter that is held: the mesh is asked afterwards, which may want a passphrase. */
const lookFirst = async (
  { tell }: AdminContext,
  charter: Charter,
  { change }: Pick<ChangeRequest, 'change'>
): Promise<void> => {
  try {
    await change(charter)
  } catch (error) {
    if (!(error instanceof GumshoeError) || !MAY_BE_OLD.includes(error.code)) throw error
    tell(`${error.message} So it is in version ${charter.version}; the mesh is asked for a newer one.`)
  }
}

/** Makes the next charter version, shows what changes, signs it, and hands it to the mesh or saves it for co-signers. */
export const changeMesh = async (context: AdminContext, request: ChangeRequest): Promise<void> => {
  const { current } = await requireChain(context.home, context.clock.now())
  await lookFirst(context, current.charter, request)
  await context.refresh()
  const now = context.clock.now()
  const chain = await requireChain(context.home, now)
  const { charter, id } = chain.current
  const change = await request.change(charter)
  const times = { now, ...(request.expires !== undefined && { expires: request.expires }) }
  const draft = nextCharter({ charter, id }, change, times)
  const saved = request.save ?? `charter-v${draft.version}.saved`
  if (existsSync(saved))
    throw new GumshoeError(
      'usage',
      `${saved} is there already, with a change that waits; nothing was made.`,
      {
        fix: `Have it signed first (gumshoe sign ${saved}), or remove it to drop that change: one version holds one of them.`
      }
    )
  const signer = await ownSigner(context, [charter, draft], { admins: true })
  const lines = describeChange(describeCharter(charter, id), describeCharter(draft, 'known when signed'))
  for (const line of lines.filter(line => !line.includes('this version'))) context.tell(line)
  const before = unreachableRules(charter)
  for (const line of unreachableRules(draft)) if (!before.includes(line)) context.tell(`WARNING: ${line}`)
  if (!(await context.confirm(`Sign charter version ${draft.version}?`)))
    throw new GumshoeError('usage', 'Nothing was changed.')
  const holder = await signer.open()
  const inventory =
    request.inventory === undefined
      ? {}
      : { inventory: await newInventory(charter, change, request.inventory, holder, now) }
  const bytes = write(nextCharter({ charter, id }, { ...change, ...inventory }, times))
  const envelope = await signWith(encodeEnvelope({ bytes, signatures: [] }), holder, signer, now)
  await finishCharter(context, {
    envelope,
    charters: chain.envelopes(),
    out: '',
    saved
  })
}
