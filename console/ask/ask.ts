import { writeFileSync } from 'node:fs'
import type { Output } from '../../src/cli/out.ts'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { parseTarget } from '../../src/documents/target/parse.ts'
import { EXIT, GumshoeError } from '../../src/errors.ts'
import { signersOf } from '../../src/trust/signers.ts'
import { encodeSaved, type SavedAction } from '../admin/saved.ts'
import { actionOf } from '../answers/case-file.ts'
import { type KnownHost, knownHosts, matching } from '../answers/hosts.ts'
import { followLive } from '../answers/live.ts'
import { openCase } from '../answers/standing.ts'
import type { Connected } from '../connect.ts'
import { History, type HistoryRecord } from '../history.ts'
import { cachedHosts, saveHosts } from '../host-cache.ts'
import { showPreview } from '../views/preview.ts'
import { resultOf, showResult, statusOf } from '../views/result.ts'
import { type Composed, compose, missingOf, type Question } from './compose.ts'
import { publish, wrapFor } from './publish.ts'

export interface AskOptions {
  readonly yes: boolean
  readonly dryRun: boolean
  readonly detach: boolean
  readonly waitMs: number
  readonly save?: string
  readonly exitFound: boolean
  /** Leaves the question running. */
  readonly signal: AbortSignal
  /** Tries it on this machine, from the preview; absent where the question can't be. */
  readonly tryHere?: () => Promise<void>
}

/** Agents that are dialled by their last known addresses when every node is gone. */
const ALONE_MOST = 16

/** Hosts by the mesh, or as they were last seen when no node is left; then some of them are dialled. */
export const hostsOf = async (connected: Connected): Promise<KnownHost[]> => {
  const { home } = connected.context
  if ((await connected.nodes()).length > 0) {
    const hosts = await knownHosts(connected)
    saveHosts(home, hosts)
    return hosts
  }
  const hosts = cachedHosts(home)
  connected.context.tell(
    `No bootstrap node answers: asking hosts by their last known addresses (${hosts.length} known).`
  )
  const listening = hosts.flatMap(({ addresses }) => addresses.slice(0, 1)).slice(0, ALONE_MOST)
  await Promise.allSettled(listening.map(address => connected.mesh.dial(address)))
  return hosts
}

/** Compose, preview, sign, publish, follow, show. Resolves to the exit status. */
export const ask = async (
  connected: Connected,
  question: Question,
  options: AskOptions,
  output: Output
): Promise<number> => {
  const { context, chain, signer, session } = connected
  const { charter } = chain.current
  const now = context.clock.now()
  const composed = compose(question, charter, chain.mesh, signer.fingerprint, now)
  const all = await hostsOf(connected)
  const hosts = matching(all, question.target)
  const own = chain.person(signer.fingerprint)
  const signers = own ? [own.name] : []
  showPreview({ composed, charter, asker: signer.fingerprint, signers, hosts, now }, output)
  if (hosts.length === 0)
    throw new GumshoeError('nobody', `The target matches none of the ${all.length} known hosts.`)
  if (options.dryRun) {
    output.status('Dry run: nothing was signed and nothing was sent.')
    return EXIT.complete
  }
  const missing = missingOf(composed.action, charter, signers)
  if (missing !== undefined && options.save === undefined) {
    throw new GumshoeError('quorum', `Your signature alone does not reach the quorum: ${missing}.`, {
      fix: 'Add --save FILE, have one of them run gumshoe sign FILE, then gumshoe send FILE.'
    })
  }
  const decision = options.yes ? 'sign' : await decide(connected, composed, options)
  if (decision === 'no') {
    output.status('Nothing was signed.')
    return EXIT.complete
  }
  const holder = await signer.open()
  const envelope = encodeEnvelope({ bytes: composed.bytes, signatures: [await holder.sign(composed.bytes)] })
  const wraps = await wrapFor(composed.sealKey, composed.action.readers, charter, now)
  session.keepSealingKey(composed.id, composed.sealKey)
  const file = options.save ?? (decision === 'save' ? 'question.saved' : undefined)
  if (file !== undefined) {
    const saved: SavedAction = {
      what: 'action',
      envelope,
      wraps,
      ...(composed.note && { note: composed.note })
    }
    writeFileSync(file, encodeSaved(saved), { mode: 0o600 })
    output.status(`Saved with your signature in ${file}.${missing ? ` Missing: ${missing}.` : ''}`)
    output.status(`next: gumshoe sign ${file} (another person), then gumshoe send ${file}`)
    return EXIT.complete
  }
  return sendAndFollow(
    connected,
    { id: composed.id, envelope, wraps, ...(composed.note && { note: composed.note.clear }) },
    all,
    options,
    output
  )
}

const decide = async (
  { context }: Connected,
  composed: Composed,
  options: AskOptions
): Promise<'sign' | 'save' | 'no'> => {
  if (process.stdin.isTTY !== true) {
    throw new GumshoeError('usage', 'Nobody can be asked here whether to sign.', {
      fix: 'Read the preview (--dry-run), then add --yes.'
    })
  }
  const { askLine } = await import('../commands/admin-context.ts')
  for (;;) {
    const answer = (
      await askLine(
        `[y] sign  ${options.tryHere ? '[l] try here  ' : ''}[b] bytes  [s] save for a co-signer  [n] no: `
      )
    )
      .trim()
      .toLowerCase()
    if (answer === 'y') return 'sign'
    if (answer === 's') return 'save'
    if (answer === 'b') context.tell(new TextDecoder().decode(composed.bytes))
    else if (answer === 'l' && options.tryHere) await options.tryHere()
    else if (answer === 'n' || answer === '' || answer === 'q') return 'no'
  }
}

interface Ready {
  readonly id: string
  readonly envelope: Uint8Array
  readonly wraps: readonly { readonly reader: string; readonly box: Uint8Array }[]
  readonly note?: HistoryRecord['note']
}

/** Keeps an action in the history, publishes it, follows it. */
export const sendAndFollow = async (
  connected: Connected,
  ready: Ready,
  all: readonly KnownHost[],
  options: AskOptions,
  output: Output
): Promise<number> => {
  const { context } = connected
  const targeted = matching(all, parseTarget(actionOf(ready.envelope).target))
  const record = new History(context.home).keep({
    id: ready.id,
    at: context.clock.now(),
    envelope: ready.envelope,
    targeted: targeted.map(({ peer }) => peer),
    names: Object.fromEntries(targeted.map(({ peer, name }) => [peer, name])),
    ...(ready.note && { note: ready.note })
  })
  const published = await publish(connected, ready.id, ready.envelope, ready.wraps)
  output.status(
    published.nodes > 0
      ? `${record.short} published; ${published.nodes} bootstrap node${published.nodes === 1 ? ' holds' : 's hold'} it.`
      : `${record.short} given to ${published.agents} agents directly.`
  )
  if (options.detach) {
    output.status(`next: follow ${record.short}`)
    if (output.json) output.record({ type: 'action', id: ready.id, name: record.short })
    return EXIT.complete
  }
  return followAndShow(connected, record, all, options, output)
}

/** Follows an action to its end and shows it. Resolves to the exit status. */
export const followAndShow = async (
  connected: Connected,
  record: HistoryRecord,
  hosts: readonly KnownHost[],
  options: Pick<AskOptions, 'waitMs' | 'signal' | 'exitFound'>,
  output: Output
): Promise<number> => {
  const opened = await openCase(connected, record.id, record)
  const open = opened.hosts.length > 0 ? opened : { ...opened, hosts }
  const left = await followLive(connected, open, {
    waitMs: options.waitMs,
    signal: options.signal,
    quiet: output.json
  })
  const result = resultOf(open, record.short, record.names)
  if (left) {
    output.status(`${record.short} goes on; come back with: follow ${record.short}`)
    return EXIT.left
  }
  showResult(result, output)
  return statusOf(result, options.exitFound)
}

/** Names of the persons in force who signed an envelope. */
export const signerNames = async (connected: Connected, envelope: Uint8Array): Promise<string[]> => {
  const { persons } = await signersOf(
    decodeEnvelope(envelope),
    connected.chain.current.charter,
    connected.context.clock.now()
  )
  return persons.map(({ person }) => person.name)
}
