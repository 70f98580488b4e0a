import { readFileSync } from 'node:fs'
import { writePrivate } from '../../src/cli/home.ts'
import type { Action } from '../../src/documents/action.ts'
import type { Charter } from '../../src/documents/charter.ts'
import { decodeEnvelope, documentId } from '../../src/documents/envelope.ts'
import { read, readAction } from '../../src/documents/read.ts'
import { GumshoeError } from '../../src/errors.ts'
import { CharterChain } from '../../src/trust/charter-chain.ts'
import { noteIsSealed } from '../../src/trust/note.ts'
import { readSignatures, verifyDetached } from '../../src/trust/pgp.ts'
import { signersOf } from '../../src/trust/signers.ts'
import { missingOf, sayMissing } from '../ask/compose.ts'
import type { AdminContext } from './context.ts'
import { describeChange, describeCharter, describeGrant, foldRules } from './describe.ts'
import { describeAction, type Say } from './describe-action.ts'
import { finishCharter, finishGrant } from './finish.ts'
import { openChain } from './mesh-home.ts'
import { ownSigner, signerFix, signOwn } from './own-signers.ts'
import { decodeSaved, encodeSaved, type Saved, type SavedAction } from './saved.ts'
import { addSignature, type KeySigner } from './standing.ts'

export interface SignRequest {
  readonly file: string
  /** A detached signature that was made elsewhere (`gpg --detach-sign`), to be added instead of one of ours. */
  readonly signature?: string
  /** Where an enrolment or charter file goes once it is complete. */
  readonly out?: string
}

/** The bytes that are signed, for `gumshoe sign F --bytes > f; gpg --detach-sign f`. */
export const bytesToSign = (file: string): Uint8Array =>
  decodeEnvelope(decodeSaved(new Uint8Array(readFileSync(file))).envelope).bytes

interface Judged {
  /** The charters by which a signature counts, newest last. */
  readonly charters: readonly Charter[]
  readonly admins: boolean
  readonly words: readonly string[]
}

/** The mesh of the file must be the mesh of the home; a first charter is taken where the home has none. */
const chainFor = async (home: string, saved: Saved, now: number): Promise<CharterChain | undefined> => {
  const held = await openChain(home, now)
  const offered =
    saved.what === 'action' || saved.charters.length === 0
      ? undefined
      : await CharterChain.open([...saved.charters], now)
  if (held !== undefined && offered !== undefined && held.mesh !== offered.mesh)
    throw new GumshoeError('wrong-mesh', 'The file belongs to another mesh than this home.')
  if (held === undefined || offered === undefined) return held ?? offered
  return held.current.charter.version >= offered.current.charter.version ? held : offered
}

const judgeCharter = (saved: Saved, chain: CharterChain | undefined): Judged => {
  const { bytes } = decodeEnvelope(saved.envelope)
  const charter = read(bytes, 'gumshoe/charter/1')
  const words = describeCharter(charter, documentId(bytes))
  if (charter.version === 1) {
    if (chain?.mesh === documentId(bytes))
      throw new GumshoeError(
        'known',
        `The mesh ${charter.name} is made already, and this home belongs to it.`
      )
    if (chain !== undefined)
      throw new GumshoeError('wrong-mesh', 'This home belongs to a mesh already; this file makes a new one.')
    return { charters: [charter], admins: true, words: foldRules(words) }
  }
  if (chain === undefined || charter.mesh !== chain.mesh)
    throw new GumshoeError('wrong-mesh', 'The charter belongs to another mesh.')
  const { current } = chain
  if (charter.previous !== current.id)
    throw new GumshoeError(
      'charter-stale',
      `This draft follows version ${charter.version - 1}; the mesh is at version ${current.charter.version}.`,
      {
        fix: 'Make the change anew from the newest version.'
      }
    )
  return {
    charters: [current.charter, charter],
    admins: true,
    words: [
      `charter of ${charter.name}, version ${charter.version}: what changes`,
      ...describeChange(describeCharter(current.charter, current.id), words)
    ]
  }
}

const judge = (saved: Saved, chain: CharterChain | undefined, words: Say): Judged => {
  if (saved.what === 'charter') return judgeCharter(saved, chain)
  if (chain === undefined)
    throw new GumshoeError('no-home', 'This home belongs to no mesh yet.', { fix: 'gumshoe mesh join FILE' })
  const { charter } = chain.current
  const { bytes } = decodeEnvelope(saved.envelope)
  if (saved.what === 'grant') {
    const grant = read(bytes, 'gumshoe/grant/1')
    if (grant.mesh !== chain.mesh) throw new GumshoeError('wrong-mesh', 'The grant belongs to another mesh.')
    return { charters: [charter], admins: true, words: describeGrant(grant, documentId(bytes)) }
  }
  const action = readAction(bytes)
  if (action.mesh !== chain.mesh) throw new GumshoeError('wrong-mesh', 'The action belongs to another mesh.')
  checkNote(action, saved)
  return {
    charters: [charter],
    admins: false,
    words: describeAction(action, documentId(bytes), saved.note?.clear, words, charter.persons)
  }
}

/** docs/adr/0007: what the co-signer reads is what was sealed, or he does not sign. */
const checkNote = (action: Action, saved: SavedAction): void => {
  if (action.note === undefined && saved.note === undefined) return
  if (saved.note === undefined)
    throw new GumshoeError('malformed', 'The action carries a sealed note, and the file does not show it.', {
      fix: 'Ask for the file again, as gumshoe --save wrote it.'
    })
  if (!noteIsSealed(action, saved.note.clear, saved.note.ephemeral))
    throw new GumshoeError(
      'bad-signature',
      'The note in the file is not the one that is sealed in the action.'
    )
}

const charterKeys = (charters: readonly Charter[]): KeySigner[] =>
  charters.flatMap(({ persons, recovery }) =>
    [...persons.flatMap(({ keys }) => keys), ...(recovery ? [recovery] : [])].map(({ fingerprint, key }) => ({
      fingerprint,
      bytes: new Uint8Array(Buffer.from(key, 'base64url'))
    }))
  )

/** Adds a signature that was made elsewhere; it must be by a key that one of the charters names. */
const addForeign = async (envelope: Uint8Array, file: string, judged: Judged, now: number) => {
  const { bytes } = decodeEnvelope(envelope)
  const keys = charterKeys(judged.charters)
  let signed = envelope
  for (const signature of await readSignatures(new Uint8Array(readFileSync(file)))) {
    const verdict = await verifyDetached(bytes, signature, keys, now)
    if (verdict === undefined)
      throw new GumshoeError('unknown-signer', 'The signature is by a key that the charter does not name.', {
        fix: signerFix(judged.admins)
      })
    const signer = keys.find(({ fingerprint }) => fingerprint === verdict.fingerprint)!
    signed = await addSignature(signed, signature, signer, now)
  }
  return signed
}

/** Whether the question can be sent now, and who is still wanted where it can't. */
const sayQuorum = async (
  { envelope }: SavedAction,
  charter: Charter,
  file: string,
  now: number
): Promise<string[]> => {
  const whole = decodeEnvelope(envelope)
  const { persons } = await signersOf(whole, charter, now)
  const names = persons.map(({ person }) => person.name)
  const missing = missingOf(readAction(whole.bytes), charter, names)
  return missing === undefined
    ? [`Signed by ${names.join(' and ')}: the quorum is reached. Next: gumshoe send ${file}`]
    : [`Signed. Not enough yet; ${sayMissing(missing)}.`, `Next: gumshoe sign ${file} by one of them.`]
}

const save = async (
  context: AdminContext,
  saved: Saved,
  request: SignRequest,
  charter: Charter
): Promise<void> => {
  const { file, out } = request
  if (saved.what === 'action') {
    writePrivate(file, encodeSaved(saved))
    context.say(file)
    for (const line of await sayQuorum(saved, charter, file, context.clock.now())) context.tell(line)
    return
  }
  const stem = file.replace(/\.saved$/, '')
  const target = out ?? (stem === file ? `${file}.signed` : stem)
  if (saved.what === 'grant') {
    const { envelope, charters, seed } = saved
    await finishGrant(context, { envelope, charters, seed, out: target, saved: file })
    return
  }
  const { envelope, charters } = saved
  const done = await finishCharter(context, { envelope, charters, out: target, saved: file })
  if (done) context.tell(`${file} is no longer needed.`)
}

/** `gumshoe sign F`: shows the document in words, adds a signature, and does what follows once it is complete. */
export const signSaved = async (context: AdminContext, request: SignRequest): Promise<void> => {
  const saved = decodeSaved(new Uint8Array(readFileSync(request.file)))
  const held = await openChain(context.home, context.clock.now())
  if (saved.what === 'charter' && held !== undefined) await context.refresh()
  const now = context.clock.now()
  const judged = judge(saved, await chainFor(context.home, saved, now), context.words)
  for (const line of judged.words) context.tell(line)
  if (request.signature !== undefined) {
    const envelope = await addForeign(saved.envelope, request.signature, judged, now)
    return await save(context, { ...saved, envelope }, request, judged.charters.at(-1)!)
  }
  const signer = await ownSigner(context, judged.charters, { admins: judged.admins })
  if (!(await context.confirm(`Sign with ${signer.fingerprint.toUpperCase()}?`)))
    throw new GumshoeError('usage', 'Nothing was signed.')
  const envelope = await signOwn(context, saved.envelope, signer)
  await save(context, { ...saved, envelope }, request, judged.charters.at(-1)!)
}
