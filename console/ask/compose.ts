import { randomBytes } from 'node:crypto'
import { count } from '../../src/cli/count.ts'
import { formatTime } from '../../src/clock.ts'
import { toBase64 } from '../../src/codec.ts'
import { type Action, type ActionKind, type Operation, REVEAL } from '../../src/documents/action.ts'
import type { Charter, RunLimits } from '../../src/documents/charter.ts'
import { documentId } from '../../src/documents/envelope.ts'
import type { Target } from '../../src/documents/target/ast.ts'
import { formatTarget } from '../../src/documents/target/format.ts'
import { asSet, type Disclosure } from '../../src/documents/vocabulary.ts'
import { write } from '../../src/documents/write.ts'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import { contentChecksOf } from '../../src/modules/content-checks.ts'
import { makePair } from '../../src/trust/hpke.ts'
import { type Note, sealNote } from '../../src/trust/note.ts'
import { countsAsSensitive, quorumOf, reaches, ruleOf } from '../../src/trust/policy.ts'
import { makeSealKey } from '../../src/trust/seal.ts'
import { readersOf } from './readers.ts'

export interface Question {
  readonly operations: Action['operations']
  /** What the operations name by its hash. */
  readonly attachments?: ReadonlyMap<string, Uint8Array>
  readonly target: Target
  readonly disclosure: Disclosure
  readonly expiresMs?: number
  readonly ceilingPpm?: number
  readonly limits: RunLimits
  readonly note: Note
  readonly purpose?: string
  readonly widens?: string
}

/** An action ready to be signed, with what only its asker has. */
export interface Composed {
  readonly id: string
  readonly action: Action
  readonly bytes: Uint8Array
  /** Private half of the sealing key. */
  readonly sealKey: Uint8Array
  readonly note?: { readonly clear: Note; readonly ephemeral: Uint8Array }
}

/** A question → the exact bytes that are signed: relative times made absolute, the note sealed. Throws `policy`, `bad-params`, `too-large`. */
export const compose = (
  question: Question,
  charter: Charter,
  mesh: string,
  asker: string,
  now: number
): Composed => {
  const { policy } = charter
  const second = Math.floor(now / 1_000) * 1_000
  const responds = question.operations.some(operation => ruleOf(policy, operation)?.risk === 'respond')
  const most = (responds ? policy.respondWindowMaxS : policy.windowMaxS) * 1_000
  const window = question.expiresMs ?? Math.min(most, LIMITS.windowDefaultMs)
  if (window > most)
    throw new GumshoeError(
      'window',
      `The policy allows ${most / 3_600_000} h; --expires asks for ${window / 3_600_000} h.`
    )
  const seal = makeSealKey()
  const nonce = toBase64(new Uint8Array(randomBytes(16)))
  const place = { mesh, nonce, sealTo: toBase64(seal.publicKey) }
  const hasNote = Object.keys(question.note).length > 0
  const pair = makePair()
  requireReason(question, charter)
  const action: Action = {
    kind: kindFor(question.operations),
    ...place,
    charter: charter.version,
    target: formatTarget(question.target),
    validFrom: formatTime(second),
    expires: formatTime(second + window),
    operations: question.operations,
    disclosure: question.disclosure,
    ceilingPpm: question.ceilingPpm ?? defaultCeiling(question, charter),
    limits: question.limits,
    readers: asSet(readersOf(charter, asker, question)),
    ...(question.widens && { widens: question.widens }),
    ...(hasNote && { note: sealNote(place, question.note, pair) }),
    ...(question.purpose && { purpose: question.purpose })
  }
  const bytes = write(action)
  return {
    id: documentId(bytes),
    action,
    bytes,
    sealKey: seal.privateKey,
    ...(hasNote && { note: { clear: question.note, ephemeral: pair.privateKey } })
  }
}

/** The older kind wherever it can say it: so that hosts of an earlier version answer too (ADR 19). */
const kindFor = (operations: readonly Operation[]): ActionKind =>
  operations.some(({ condition }) => condition !== undefined && 'op' in condition)
    ? 'gumshoe/action/2'
    : 'gumshoe/action/1'

const requireReason = (question: Question, { policy }: Charter): void => {
  const asked = { ...question, contentChecks: contentChecksOf(question.operations) }
  for (const operation of question.operations) {
    const quorum = quorumOf(policy, asked, operation)
    if (quorum === undefined) {
      const many = countsAsSensitive(policy, asked, operation)
        ? ` with more than ${LIMITS.contentChecks} checks about contents`
        : ''
      throw new GumshoeError(
        'policy',
        `The policy does not allow ${operation.module} at ${operation.module === REVEAL ? 'clear' : question.disclosure}${many}.`
      )
    }
    if (quorum.reason && !question.note.reason)
      throw new GumshoeError('policy', `The policy asks for a reason at ${question.disclosure}.`, {
        fix: 'Add --reason "…": it is sealed, and co-signers read it before they sign.'
      })
  }
}

const defaultCeiling = (question: Question, { policy }: Charter): number =>
  Math.min(...question.operations.map(operation => ruleOf(policy, operation)?.ceilingPpm ?? 1_000_000))

export interface Missing {
  /** What is not there yet: `weight 1 and 1 person`. */
  readonly more: string
  /** What is there: `joe (weight 1)`, or `nobody`. */
  readonly signed: string
  /** Who could add to it: `anna (weight 2), bert (weight 2)`, or `nobody`. */
  readonly could: string
}

/** What is still missing of the quorum, apart from what is there; undefined where it is reached. */
export const missingOf = (
  action: Pick<Action, 'disclosure' | 'operations'>,
  charter: Charter,
  signers: readonly string[]
): Missing | undefined => {
  const persons = charter.persons.filter(
    person => person.roles.includes('investigator') && !charter.revoked.persons.includes(person.name)
  )
  const signed = persons.filter(({ name }) => signers.includes(name))
  const standing = { weight: signed.reduce((sum, { weight }) => sum + weight, 0), persons: signed.length }
  const asked = { ...action, contentChecks: contentChecksOf(action.operations) }
  const short = action.operations.flatMap(operation => {
    const quorum = quorumOf(charter.policy, asked, operation)
    return quorum && !reaches(standing, quorum) ? [quorum] : []
  })
  if (short.length === 0) return undefined
  const weight = Math.max(...short.map(quorum => quorum.weight)) - standing.weight
  const heads = Math.max(...short.map(quorum => quorum.persons)) - standing.persons
  const named = (those: typeof persons) =>
    those.map(person => `${person.name} (weight ${person.weight})`).join(', ') || 'nobody'
  return {
    more: [weight > 0 && `weight ${weight}`, heads > 0 && count(heads, 'person')]
      .filter(Boolean)
      .join(' and '),
    signed: named(signed),
    could: named(persons.filter(person => !signers.includes(person.name) && person.weight > 0))
  }
}

/** The same in one line. */
export const sayMissing = ({ more, signed, could }: Missing): string =>
  `missing: ${more}; signed: ${signed}; who could sign: ${could}`
