import type { ConsoleState, Verdict } from '../../src/documents/vocabulary.ts'
import type { Coverage } from '../../src/modules/spec.ts'
import type { HostAnswer } from './case-file.ts'

/** How one host stands with an action: exactly one state, and beside it a verdict. */
export interface HostState {
  readonly peer: string
  readonly state: ConsoleState
  readonly verdict?: Verdict
  readonly code?: string
  readonly coverage?: Coverage
  readonly message?: string
  /** It was not among the targeted when the action was published. */
  readonly late: boolean
}

/** Sets that add up: every targeted host, and everyone who answered, is in exactly one. */
export interface Tally {
  readonly hosts: readonly HostState[]
  /** Everyone was heard, and nothing was left out by anyone. */
  readonly complete: boolean
  readonly verdicts: Readonly<Record<Verdict, readonly string[]>>
}

const ORDER: readonly ConsoleState[] = ['refused', 'error', 'interrupted', 'cancelled', 'limit', 'done']

const isNotMet = ({ body: { verdict, code } }: HostAnswer): boolean =>
  verdict === undefined && code === 'not-met'

/** The worst state first; what a false condition left out after all else that is done. */
const rank = (answer: HostAnswer): number => ORDER.indexOf(answer.body.state) + (isNotMet(answer) ? 0.5 : 0)

/** Joins the operations of one host: the worst state, the best hit. A `no` needs every operation to say so. */
const joined = (
  peer: string,
  answers: readonly HostAnswer[],
  operations: readonly string[],
  late: boolean
): HostState => {
  const missing = operations.some(op => !answers.some(answer => answer.op === op))
  if (missing && answers.length === 0) return { peer, state: 'silent', late }
  const goesOn = missing || answers.some(answer => answer.goesOn)
  // What stands is worth what it has told so far; what is not there yet is worth nothing.
  if (missing && !answers.some(answer => answer.goesOn)) return { peer, state: 'running', late }
  const worst = [...answers].sort((a, b) => rank(a) - rank(b))[0]!
  // What a false condition left out says nothing, for or against.
  const whole = verdictOf(answers.filter(answer => !isNotMet(answer)).map(verdictIn))
  // What goes on may find something yet: a "no" is one at its end.
  const verdict = goesOn && whole === 'no' ? undefined : whole
  const coverages = answers.flatMap(({ body }) => (body.coverage ? [body.coverage] : []))
  const sum = (name: keyof Coverage) => coverages.reduce((total, coverage) => total + coverage[name], 0)
  return {
    peer,
    state: goesOn
      ? answers.some(answer => answer.goesOn === 'over')
        ? 'silent'
        : 'running'
      : worst.body.state,
    late,
    ...(verdict && { verdict }),
    ...(worst.body.code && { code: worst.body.code }),
    ...(worst.body.message && { message: worst.body.message }),
    ...(coverages.length > 0 && {
      coverage: { seen: sum('seen'), unreadable: sum('unreadable'), skipped: sum('skipped') }
    })
  }
}

/** What a host's word for one operation is worth: a `no` holds only where all was looked at, whatever the host says. */
const verdictIn = ({ body: { state, verdict } }: HostAnswer): Verdict | undefined => {
  if (verdict === 'yes' || verdict === undefined) return verdict
  if (state === 'done') return verdict
  return state === 'refused' || state === 'error' ? undefined : 'partial'
}

/** One find is a find; a `no` needs every operation to say so. */
const verdictOf = (verdicts: readonly (Verdict | undefined)[]): Verdict | undefined => {
  if (verdicts.includes('yes')) return 'yes'
  if (verdicts.every(verdict => verdict === undefined)) return undefined
  return verdicts.every(verdict => verdict === 'no') ? 'no' : 'partial'
}

export const tally = (
  targeted: readonly string[],
  answers: readonly HostAnswer[],
  operations: readonly string[]
): Tally => {
  const byPeer = Map.groupBy(answers, ({ peer }) => peer)
  const named = new Set(targeted)
  const peers = [...new Set([...targeted, ...byPeer.keys()])]
  const hosts = peers.map(peer => joined(peer, byPeer.get(peer) ?? [], operations, !named.has(peer)))
  const of = (verdict: Verdict) => hosts.filter(host => host.verdict === verdict).map(({ peer }) => peer)
  return {
    hosts,
    verdicts: { yes: of('yes'), no: of('no'), partial: of('partial') },
    complete: hosts.every(({ state, verdict }) => state === 'done' && verdict !== 'partial')
  }
}
