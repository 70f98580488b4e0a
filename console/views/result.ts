import { type Output, paint } from '../../src/cli/out.ts'
import { safeText } from '../../src/cli/safe-text.ts'
import { parseTime } from '../../src/clock.ts'
import type { ConsoleState } from '../../src/documents/vocabulary.ts'
import { EXIT } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import { findModule } from '../../src/modules/index.ts'
import type { ModuleSpec } from '../../src/modules/spec.ts'
import { type Dictionary, NO_WORDS } from '../answers/dictionary.ts'
import { Resolver } from '../answers/resolve.ts'
import { stack, type Value } from '../answers/stack.ts'
import type { OpenCase } from '../answers/standing.ts'
import { type HostState, type Tally, tally } from '../answers/tally.ts'

/** An answered action, ready to be shown: as a screen, or as JSON Lines. */
export interface Result {
  readonly case: OpenCase
  readonly short: string
  readonly now: number
  readonly tally: Tally
  /** The same for each operation by itself, in the order of the action. */
  readonly operations: readonly OperationTally[]
  readonly values: readonly Value[]
  readonly name: (peer: string) => string
  /** Heard of within the last minutes. */
  readonly isHere: (peer: string) => boolean
  readonly resolver: (op: string) => Resolver | undefined
  readonly columns: (op: string) => ModuleSpec['columns'] | undefined
}

export interface OperationTally {
  readonly id: string
  readonly module: string
  readonly tally: Tally
}
/** What cells are shown by. */
export type Cells = Pick<Result, 'resolver' | 'columns'>

/** In the order in which they are told: what was answered, what was not. */
export const STATES: readonly ConsoleState[] = [
  'done',
  'limit',
  'refused',
  'error',
  'interrupted',
  'cancelled',
  'running',
  'silent'
]

export const resultOf = (
  open: OpenCase,
  short: string,
  names: Readonly<Record<string, string>>,
  now: number,
  dictionary: Dictionary = NO_WORDS
): Result => {
  const { operations, expires } = open.action
  // A host that stood and never said its last word has fallen silent.
  const over = now > parseTime(expires) + LIMITS.clockSkewMs
  const answers = open.file
    .answers()
    .map(answer => (over && answer.goesOn ? { ...answer, goesOn: 'over' as const } : answer))
  const resolvers = new Map(
    operations.flatMap(({ id, module, params }) => {
      const spec = findModule(module)
      const parsed = spec?.params.safeParse(params)
      return spec && parsed?.success
        ? [[id, new Resolver(open.id, spec, spec.literals(parsed.data), dictionary)] as const]
        : []
    })
  )
  const specOf = (op: string) => findModule(operations.find(({ id }) => id === op)?.module ?? '')
  const known = new Map(open.hosts.map(host => [host.peer, host]))
  return {
    case: open,
    short,
    now,
    tally: tally(
      open.targeted,
      answers,
      operations.map(({ id }) => id)
    ),
    operations: operations.map(({ id, module }) => ({
      id,
      module,
      tally: tally(
        open.targeted,
        answers.filter(({ op }) => op === id),
        [id]
      )
    })),
    values: stack(answers, op => specOf(op)?.columns),
    name: namer(
      [...open.targeted, ...answers.map(({ peer }) => peer), ...open.dropped],
      peer => known.get(peer)?.name ?? safeText(names[peer] ?? peer.slice(-6))
    ),
    isHere: peer => known.get(peer)?.connected === true,
    resolver: op => resolvers.get(op),
    columns: op => specOf(op)?.columns
  }
}

/** A name means one host of a result: one that has gone may have said the name of one that came after it. */
const namer = (peers: readonly string[], said: (peer: string) => string) => {
  const counts = Map.groupBy(new Set(peers), said)
  return (peer: string): string => {
    const name = said(peer)
    return (counts.get(name)?.length ?? 0) > 1 ? `${name}~${peer.slice(-6)}` : name
  }
}

/** Exit status of a shown result; with --exit-found a find is 0 whatever is missing, and 3 comes before 10 (screens.md). */
export const statusOf = ({ tally: { complete, verdicts } }: Result, exitFound: boolean): number => {
  if (exitFound && verdicts.yes.length > 0) return EXIT.complete
  if (!complete) return EXIT.incomplete
  return exitFound ? EXIT.notFound : EXIT.complete
}

export const inState = ({ tally: { hosts } }: Result, state: ConsoleState): HostState[] =>
  hosts.filter(host => host.state === state)

/** One cell of a value, as it can be shown. */
export const cellOf = (
  result: Cells,
  { op, row, differs }: Pick<Value, 'op' | 'row'> & Partial<Pick<Value, 'differs'>>,
  column: string
) => {
  if (differs?.includes(column)) return { text: 'differs', json: null, dark: false }
  const resolver = result.resolver(op)
  const cell = row[column]
  if (resolver !== undefined) return resolver.show(column, result.columns(op)?.[column], cell)
  const hex = cell instanceof Uint8Array ? Buffer.from(cell).toString('hex') : undefined
  return { text: hex ?? safeText(String(cell ?? '')), json: hex === undefined ? cell : { hex }, dark: false }
}

/** Values with something that is still dark. */
export const isDark = (result: Result, value: Value): boolean =>
  Object.keys(value.row).some(column => cellOf(result, value, column).dark)

/** What was found, in one word or two. */
export const headline = ({ tally: { hosts, verdicts } }: Result): string => {
  const yes = verdicts.yes.length
  if (yes > 0) return `FOUND ON ${yes} HOST${yes === 1 ? '' : 'S'}`
  if (verdicts.no.length + verdicts.partial.length === 0) return 'NO ANSWER YET'
  return verdicts.no.length < hosts.length ? 'NOT FOUND SO FAR' : 'NOT FOUND'
}

export const paintHeadline = (result: Result, output: Output): string => {
  const { yes, no } = result.tally.verdicts
  const colour = yes.length > 0 ? 'red' : no.length === result.tally.hosts.length ? 'green' : 'yellow'
  return paint(output, colour, headline(result))
}
