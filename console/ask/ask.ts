import { existsSync, writeFileSync } from 'node:fs'
import { count } from '../../src/cli/count.ts'
import type { Output } from '../../src/cli/out.ts'
import { encodeEnvelope } from '../../src/documents/envelope.ts'
import { parseTarget } from '../../src/documents/target/parse.ts'
import { countTags } from '../../src/documents/target/topics.ts'
import { EXIT, GumshoeError } from '../../src/errors.ts'
import { encodeSaved, type SavedAction } from '../admin/saved.ts'
import { actionOf, standingIn } from '../answers/case-file.ts'
import { matching } from '../answers/hosts.ts'
import type { Fleet } from '../answers/known-host.ts'
import { followLive } from '../answers/live.ts'
import { openCase, signersNamed } from '../answers/standing.ts'
import { askLine, isTerminal } from '../commands/admin-context.ts'
import type { Connected } from '../connect.ts'
import { History, type HistoryRecord, sayName } from '../history.ts'
import { shownCase } from '../shown-case.ts'
import { LiveRows } from '../views/live-rows.ts'
import { showPreview } from '../views/preview.ts'
import { type Result, statusOf } from '../views/result.ts'
import { recordAction } from '../views/result-json.ts'
import { showResult } from '../views/result-screen.ts'
import { type Composed, compose, missingOf, type Question, sayMissing } from './compose.ts'
import { decide, shortKey } from './decide.ts'
import { nobodyMatches } from './nobody.ts'
import { publish, wrapFor } from './publish.ts'
import { fleetNow, reachAgents } from './reach.ts'

export interface AskOptions {
  readonly yes: boolean
  readonly dryRun: boolean
  readonly detach: boolean
  /** How long to wait for hosts that say nothing; otherwise as long as the question makes sense of. */
  readonly waitMs: number | undefined
  readonly save?: string
  readonly exitFound: boolean
  /** Leaves the question running. */
  readonly signal: AbortSignal
  /** The words after `local` that run it on this machine, from the preview; absent where the question can't be. */
  readonly tryHere?: readonly string[]
  /** How the answers are shown; the screen of a result otherwise. */
  readonly show?: (result: Result, output: Output) => void
  /** Whether whoever called can ask it again in other words. */
  readonly canEdit?: boolean
}

/** An exit status, or that the person wants to put it in other words: then nothing was signed. */
export type Asked = number | 'edit'

/** Compose, preview, sign, publish, follow, show. Resolves to the exit status. */
export const ask = async (
  connected: Connected,
  question: Question,
  options: AskOptions,
  output: Output
): Promise<Asked> => {
  if (options.save !== undefined && existsSync(options.save)) throw isThere(options.save)
  const { context, chain, signer, session } = connected
  const { charter } = chain.current
  const now = context.clock.now()
  const composed = compose(question, charter, chain.mesh, signer.fingerprint, now)
  const fleet = await fleetNow(connected)
  const all = fleet.hosts
  const hosts = matching(all, question.target)
  const own = chain.person(signer.fingerprint)
  const signers = own ? [own.name] : []
  const short = new History(context.home).next()
  const counts = countTags(all.filter(({ connected: here }) => here))
  showPreview({ short, composed, charter, signers, hosts, counts, now }, output)
  if (hosts.length === 0) throw nobodyMatches(all)
  if (options.dryRun) {
    output.status('Dry run: nothing was signed and nothing was sent.')
    return EXIT.complete
  }
  const missing = missingOf(composed.action, charter, signers)
  if (missing !== undefined && options.save === undefined && (options.yes || !isTerminal()))
    throw new GumshoeError(
      'quorum',
      `Your signature alone does not reach the quorum; ${sayMissing(missing)}.`,
      {
        fix: 'Add --save FILE, have one of them run gumshoe sign FILE, then gumshoe send FILE.'
      }
    )
  const decision = options.yes
    ? 'sign'
    : await decideHere(connected, composed, missing !== undefined, options)
  if (decision === 'edit') return 'edit'
  if (decision === 'no') {
    output.status('Nothing was signed, nothing was sent.')
    return EXIT.complete
  }
  const attachments = [...(question.attachments?.values() ?? [])]
  const holder = await signer.open()
  const envelope = encodeEnvelope({ bytes: composed.bytes, signatures: [await holder.sign(composed.bytes)] })
  const wraps = await wrapFor(composed.sealKey, composed.action.readers, charter, now)
  for (const reader of composed.action.readers)
    if (!wraps.some(wrap => wrap.reader === reader))
      output.status(`${chain.person(reader)?.name} can't read the answers: the key ${reader} has expired.`)
  session.keepSealingKey(composed.id, composed.sealKey)
  const mustSave = decision === 'save' || missing !== undefined
  const file = options.save ?? (mustSave ? freeName(`${short}.saved`) : undefined)
  if (file !== undefined) {
    const note = composed.note && { note: composed.note }
    const saved: SavedAction = { what: 'action', envelope, wraps, attachments, ...note }
    writeNew(file, encodeSaved(saved))
    output.status(
      `Saved with your signature in ${file}.${missing ? ` Not enough yet; ${sayMissing(missing)}.` : ''}`
    )
    output.status(`next: gumshoe sign ${file} (another person), then gumshoe send ${file}`)
    return EXIT.complete
  }
  const note = composed.note && { note: composed.note.clear }
  const ready = { id: composed.id, envelope, wraps, attachments, previewed: short, ...note }
  return sendAndFollow(connected, ready, fleet, options, output)
}

const writeNew = (file: string, bytes: Uint8Array): void => {
  try {
    writeFileSync(file, bytes, { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    throw isThere(file, cause)
  }
}

const isThere = (file: string, cause?: unknown): GumshoeError =>
  new GumshoeError('usage', `${file} is there already; nothing was written.`, {
    cause,
    fix: 'Name another file, or remove it.'
  })

/** A file name that is still free: what somebody signed is never written over. */
const freeName = (wanted: string): string => {
  for (let i = 0; ; i++) {
    const name = i === 0 ? wanted : wanted.replace(/\.saved$/, `-${i}.saved`)
    if (!existsSync(name)) return name
  }
}

const decideHere = (
  { context, signer }: Connected,
  composed: Composed,
  mustSave: boolean,
  options: AskOptions
) => {
  if (!isTerminal())
    throw new GumshoeError('usage', 'Nobody can be asked here whether to sign.', {
      fix: 'Read the preview (--dry-run), then add --yes.'
    })
  return decide({
    key: `${shortKey(signer.fingerprint)}${context.gpg ? ' (gpg)' : ''}${mustSave ? ', and save for a co-signer' : ''}`,
    bytes: composed.bytes,
    canEdit: options.canEdit === true,
    home: context.home,
    ask: askLine,
    tell: context.tell,
    ...(options.tryHere && { tryHere: options.tryHere })
  })
}

interface Ready {
  readonly id: string
  readonly envelope: Uint8Array
  readonly wraps: readonly { readonly reader: string; readonly box: Uint8Array }[]
  readonly attachments?: readonly Uint8Array[] | undefined
  readonly note?: HistoryRecord['note']
  /** The name that its preview showed. */
  readonly previewed?: string
}

/** Keeps an action in the history, publishes it, follows it. */
export const sendAndFollow = async (
  connected: Connected,
  ready: Ready,
  fleet: Fleet,
  options: Pick<AskOptions, 'detach' | 'waitMs' | 'signal' | 'exitFound' | 'show'>,
  output: Output
): Promise<number> => {
  const { context } = connected
  const targeted = matching(fleet.hosts, parseTarget(actionOf(ready.envelope).target))
  const history = new History(context.home)
  const wasKnown = history.shortOf(ready.id) !== undefined
  const record = history.keep({
    id: ready.id,
    at: context.clock.now(),
    envelope: ready.envelope,
    targeted: targeted.map(({ peer }) => peer),
    names: Object.fromEntries(targeted.map(({ peer, name }) => [peer, name])),
    ...(ready.note && { note: ready.note })
  })
  await reachAgents(connected, fleet.hosts, record.targeted)
  const { id, envelope, wraps, attachments } = ready
  const published = await publish(connected, id, envelope, wraps, attachments).catch(error => {
    if (!wasKnown) history.forget(record)
    throw error
  })
  if (published.nodes === 0) history.keep({ ...record, owed: [...ready.wraps] })
  const named = sayName(record.short, ready.previewed)
  output.status(
    published.nodes > 0
      ? `${named} published; ${count(published.nodes, 'bootstrap node holds', 'bootstrap nodes hold')} it.`
      : `${named} given to ${count(published.agents, 'agent')} directly.`
  )
  if (options.detach) {
    output.status(`next: follow ${record.short}`)
    if (output.json) {
      const by = await signersNamed(connected, ready.envelope)
      const action = actionOf(ready.envelope)
      const now = context.clock.now()
      recordAction({ ...record, action, by, cancelled: false, now }, output)
    }
    return EXIT.complete
  }
  return followAndShow(connected, record, fleet, options, output)
}

/** Follows an action to its end and shows it; the fleet as it was seen a moment ago, where it was. Resolves to the exit status. */
export const followAndShow = async (
  connected: Connected,
  record: HistoryRecord,
  fleet: Fleet | undefined,
  options: Pick<AskOptions, 'waitMs' | 'signal' | 'exitFound' | 'show'>,
  output: Output
): Promise<number> => {
  const open = await openCase(connected, record.id, record, fleet)
  await reachAgents(connected, open.hosts, record.targeted)
  const stands = standingIn(open.action).size > 0
  const seen = stands ? new LiveRows(open, () => shownCase(connected, open, record), output) : undefined
  const left = await followLive(connected, open, {
    waitMs: options.waitMs ?? (stands ? undefined : WAIT_MS),
    signal: options.signal,
    quiet: output.json || stands,
    ...(seen && { looked: tally => seen.show(tally) })
  })
  if (left) {
    const end = stands ? `; end it with: cancel ${record.short}` : ''
    output.status(`${record.short} goes on without you; come back with: follow ${record.short}${end}`)
    return EXIT.left
  }
  const result = shownCase(connected, open, record)
  const { show = showResult } = options
  show(result, output, { rows: !stands })
  return statusOf(result, options.exitFound)
}

const WAIT_MS = 60_000
