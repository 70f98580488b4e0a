import type { Output } from '../../src/cli/out.ts'
import { paint } from '../../src/cli/out.ts'
import type { WireRow } from '../../src/documents/wire-row.ts'
import type { HostAnswer } from '../answers/case-file.ts'
import type { OpenCase } from '../answers/standing.ts'
import type { HostState, Tally } from '../answers/tally.ts'
import { cellOf, type Result } from './result.ts'
import { recordHost, recordRow } from './result-json.ts'

/** What comes of a question that stands, as it comes: each row once, with its host and its time; and each turn of a host. */
export class LiveRows {
  readonly #open: OpenCase
  /** By what it is shown: names of hosts, and words that are known. */
  readonly #result: () => Result
  readonly #output: Output
  #made: Result | undefined
  /** Rows that were shown, by host and operation. */
  readonly #shown = new Map<string, number>()
  /** How each host stood when it was last told. */
  readonly #told = new Map<string, string>()

  constructor(open: OpenCase, result: () => Result, output: Output) {
    this.#open = open
    this.#result = result
    this.#output = output
  }

  show(tally: Tally): void {
    const all = this.#open.file.answers()
    const answers = all.filter(answer => this.#isNew(answer))
    const lost = new Set(all.flatMap(({ peer, body }) => (body.errors?.['path-missing'] ? [peer] : [])))
    const turned = tally.hosts
      .map(host => ({ ...host, lacksPath: lost.has(host.peer) }))
      .filter(host => host.state !== 'silent' && this.#told.get(host.peer) !== saidOf(host))
    if (answers.length + turned.length === 0) return
    this.#made ??= this.#result()
    const result = this.#made
    for (const host of turned) this.#tellHost(result, host)
    for (const { peer, op, body } of answers) {
      const name = `${peer} ${op}`
      for (const row of body.rows.slice(this.#shown.get(name) ?? 0)) this.#tellRow(result, { peer, op, row })
      this.#shown.set(name, body.rows.length)
    }
  }

  #isNew({ peer, op, body }: HostAnswer): boolean {
    return body.rows.length > (this.#shown.get(`${peer} ${op}`) ?? 0)
  }

  #tellHost(result: Result, host: Turned): void {
    this.#told.set(host.peer, saidOf(host))
    if (this.#output.json) {
      recordHost({ name: result.name, operations: [] }, host, this.#output)
      return
    }
    const { coverage, state, code } = host
    const seen = coverage
      ? `: ${coverage.seen.toLocaleString('en')} seen, ${coverage.unreadable} unreadable, ${coverage.skipped} skipped`
      : ''
    const said = state === 'running' ? 'stands' : `${state}${code && code !== state ? ` (${code})` : ''}`
    const missing = host.lacksPath ? '; a path that was named is not there' : ''
    this.#output.status(`${result.name(host.peer)} ${said}${seen}${missing}`)
  }

  #tellRow(result: Result, one: { readonly peer: string; readonly op: string; readonly row: WireRow }): void {
    const output = this.#output
    if (output.json) {
      recordRow(result, one, output)
      return
    }
    const columns = result.columns(one.op) ?? {}
    const cells = Object.keys(columns).filter(column => column !== WHEN && one.row[column] !== undefined)
    const words = cells.map(column => (one.row[column] === true ? column : cellOf(result, one, column).text))
    const [first = '', ...rest] = words
    const when = momentOf(one.row) ?? cellOf(result, one, WHEN).text
    const line = [when, result.name(one.peer), paint(output, 'bold', first), ...rest]
    output.line(line.join(output.interactive || output.colour ? '  ' : '\t'))
  }
}

/** The column that says when something was noticed. */
const WHEN = 'when'

/** To the second: what follows what matters where it is watched. Undefined for what is no time, whatever a host says. */
const momentOf = (row: WireRow): string | undefined => {
  const at = row[WHEN]
  if (typeof at !== 'number' || !(Math.abs(at) <= LAST_MS)) return undefined
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ')
}

/** The last moment that a Date can hold. */
const LAST_MS = 8_640_000_000_000_000

/** Where a host stands, and whether it has what was named. */
type Turned = HostState & { readonly lacksPath: boolean }

const saidOf = ({ state, code, coverage, lacksPath }: Turned): string =>
  `${state} ${code ?? ''} ${coverage?.unreadable ?? 0} ${coverage?.skipped ?? 0} ${lacksPath}`
