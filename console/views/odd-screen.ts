import { count } from '../../src/cli/count.ts'
import type { Output } from '../../src/cli/out.ts'
import { fromHex } from '../../src/codec.ts'
import { type Operation, REVEAL } from '../../src/documents/action.ts'
import { GumshoeError } from '../../src/errors.ts'
import { findModule } from '../../src/modules/index.ts'
import { keysOf, type Ranked, type Ranking, type Rare, rank } from '../answers/rarity.ts'
import type { Value } from '../answers/stack.ts'
import { cellOf, type Result } from './result.ts'

export interface OddOptions {
  /** Only these columns. */
  readonly columns?: readonly string[]
  /** Hosts shown on a screen; a pipe and --json have them all. */
  readonly top: number
}

/** Rare values of one host that are told, and values that a reveal is offered for. */
const SHOWN_RARE = 3
const OFFERED = 8
/** Among fewer hosts everything is rare, or nothing. */
const FEW = 3

interface Named extends Rare {
  /** The value that it stands in, as `reveal` takes it; absent where other rows crowd it out. */
  readonly value: Value | undefined
  readonly dark: boolean
}

/** Hosts ranked by how rare their values are, with what is rare. Throws `usage` for an action that has no private values. */
export const showOdd = (result: Result, options: OddOptions, output: Output): void => {
  const operations = result.case.action.operations.filter(({ module }) => module !== REVEAL)
  if (operations.length === 0 || result.case.action.disclosure === 'match')
    throw new GumshoeError('usage', `${result.short} brought no values: there is nothing to compare.`, {
      fix: 'Ask at hashed: gumshoe odd MODULE -t TARGET.'
    })
  for (const operation of operations) showOperation(result, operation, options, output)
}

const showOperation = (result: Result, operation: Operation, options: OddOptions, output: Output): void => {
  const spec = findModule(operation.module)
  if (spec === undefined) return
  const answers = result.case.file.answers().filter(({ op }) => op === operation.id)
  const ranking = rank(answers, spec, options.columns)
  const naming = namer(result, operation.id)
  const named = ranking.hosts.map(host => ({
    host,
    rare: eachOnce(host.rare.map(rare => naming(host, rare)))
  }))
  if (output.json) {
    for (const { host, rare } of named) record(result, operation, ranking, host, rare, output)
    return
  }
  const name = operation.module.split('/')[0]
  output.line(
    `${result.short} ${operation.id} ${name}: ${count(ranking.of, 'host')} compared by ${options.columns?.join(', ') ?? 'every private column'}, rarest first`
  )
  if (ranking.of === 0) return
  const isScreen = Number.isFinite(output.width)
  const shown = isScreen ? named.slice(0, options.top) : named
  output.table(
    ['host', 'bits', 'rare', 'what few others have'],
    shown.map(({ host, rare }) => [
      result.name(host.peer),
      host.bits.toFixed(1),
      String(rare.length),
      rare
        .slice(0, isScreen ? SHOWN_RARE : undefined)
        .map(one => say(result, ranking, one))
        .join('  ')
    ]),
    ['host', 'bits', 'rare', 'what few others have']
  )
  if (ranking.of < FEW) output.status('Fewer than three hosts answered: nothing is rare among so few.')
  else offer(result, named, options, output)
}

/** Several parts of one path may be rare: the rarest stands for it. */
const eachOnce = (rare: readonly Named[]): Named[] => {
  const seen = new Set<string>()
  return rare.filter(({ column, value, key }) => {
    const name = `${column} ${value?.name ?? key}`
    return !seen.has(name) && seen.add(name)
  })
}

const say = (result: Result, { of }: Ranking, { column, value, hosts }: Named): string => {
  const text = value === undefined ? '' : cellOf(result, value, column).text
  return `${column} ${text} (${hosts} of ${of})`
}

/** What opens just the rare parts of the hosts on top, and nothing else of their rows. */
const offer = (
  result: Result,
  named: readonly { readonly rare: readonly Named[] }[],
  { top }: OddOptions,
  output: Output
): void => {
  const dark = named.slice(0, top).flatMap(({ rare }) => rare.slice(0, SHOWN_RARE).filter(one => one.dark))
  const values = [...new Set(dark.flatMap(({ value }) => value?.name ?? []))].slice(0, OFFERED)
  const columns = [
    ...new Set(dark.filter(({ value }) => value && values.includes(value.name)).map(one => one.column))
  ]
  if (values.length === 0) return
  const flags = columns.map(column => `--column ${column}`).join(' ')
  output.status(`next: reveal ${result.short} ${values.join(' ')} ${flags} --reason …`)
}

/** Finds the value that a rare part stands in; each host has many rows, so they are looked through once. */
const namer = (result: Result, op: string) => {
  const byKey = new Map<string, Value[]>()
  const columns = result.columns(op) ?? {}
  for (const value of result.values) {
    if (value.op !== op) continue
    for (const [column, cell] of Object.entries(value.row))
      for (const key of new Set(keysOf(cell, columns[column]?.type === 'path'))) {
        const name = `${column} ${key}`
        byKey.set(name, [...(byKey.get(name) ?? []).slice(0, 63), value])
      }
  }
  return ({ peer }: Ranked, rare: Rare): Named => {
    const value = byKey.get(`${rare.column} ${rare.key}`)?.find(({ peers }) => peers.includes(peer))
    const cell = rare.row[rare.column]
    const isCommitted = typeof cell === 'object' && !(cell instanceof Uint8Array)
    const resolver = result.resolver(op)
    return { ...rare, value, dark: isCommitted && !resolver?.isKnown(rare.column, fromHex(rare.key)) }
  }
}

const record = (
  result: Result,
  { id: op }: Operation,
  { of }: Ranking,
  { peer, bits }: Ranked,
  rare: readonly Named[],
  output: Output
): void =>
  output.record({
    type: 'odd',
    action: result.case.id,
    op,
    host: { id: peer, name: result.name(peer) },
    bits: Math.round(bits * 100) / 100,
    of,
    values: rare.flatMap(({ column, value, hosts, dark }) =>
      value === undefined
        ? []
        : [{ column, value: cellOf(result, value, column).json, hosts, dark, name: value.name }]
    )
  })
