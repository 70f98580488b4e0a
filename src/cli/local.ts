import { resolve } from 'node:path'
import type { Argv } from 'yargs'
import { type Clock, systemClock } from '../clock.ts'
import { EXIT, GumshoeError } from '../errors.ts'
import { MODULES } from '../modules/index.ts'
import { type Cell, type ModuleSpec, moduleId, type Part, type Row } from '../modules/spec.ts'
import { type RunResult, run, stand } from '../run/run.ts'
import type { OwnHost } from '../trust/permit.ts'
import { gateModule, resolveLimits } from '../trust/policy.ts'
import type { Command } from './command.ts'
import { count } from './count.ts'
import { briefOf, moduleUsage } from './module-help.ts'
import { askedFrom, limitOptions, limitsFrom, moduleOptions } from './options.ts'
import { makeOutput, memberOf, type Output } from './out.ts'
import { jsonBytes, safeBytes, safeText } from './safe-text.ts'
import { sayUnderWay } from './under-way.ts'

/**
 * `local MODULE …`: a module on this machine, without a mesh; the same code and the same output in `gumshoe` and in
 * `gumshoe-agent`. Each program hands in its own way to the permit, so that the two places that mint one stay in sight.
 */
export const localCommand = (program: string, permit: () => OwnHost): Command => ({
  command: 'local <module>',
  describe: 'Run a module on this machine, without a mesh',
  builder: (yargs: Argv) => {
    yargs.demandCommand(1, 'Say which module: gumshoe modules lists them.')
    for (const spec of MODULES) yargs.command(moduleCommand(program, spec, permit))
    return yargs.example(`${program} local file --path /etc --name '^passwd$'`, 'Who has it? This machine')
  },
  handler: () => undefined
})

const moduleCommand = (program: string, spec: ModuleSpec, permit: () => OwnHost): Command => ({
  command: spec.name,
  describe: briefOf(spec),
  builder: (yargs: Argv) => {
    limitOptions(moduleOptions(moduleUsage(yargs, `${program} local ${spec.name} …`, spec), spec))
      .option('root', {
        type: 'string',
        describe: 'Answer for the file system under this directory',
        default: '/'
      })
      .option('json', { type: 'boolean', describe: 'JSON Lines' })
      .option('exit-found', { type: 'boolean', describe: 'Exit 0 where something was found, 10 where not' })
    if (spec.watch !== undefined)
      yargs.option('once', { type: 'boolean', describe: 'One look at what would be watched' })
    for (const { title, argv } of spec.examples)
      yargs.example(`${program} local ${spec.name} ${argv.map(quote).join(' ')}`, title)
    return yargs
  },
  handler: async (args: Record<string, unknown>) => {
    const output = makeOutput({ json: args['json'] === true })
    const stands = spec.watch !== undefined && args['once'] !== true
    const result = stands
      ? await standLocal(spec, args, permit(), output)
      : await runLocal(spec, args, permit(), systemClock)
    showLocal(spec, result, output)
    process.exitCode = statusOf(result, args['exitFound'] === true)
  }
})

const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

/** What was typed → what is asked of this machine. Throws `bad-params`, `usage`. */
const questionOf = (spec: ModuleSpec, args: Record<string, unknown>, now: number) => {
  const { params, attachments } = askedFrom(spec, args, now)
  const limits = resolveLimits(gateModule(spec).limits, { policy: {}, action: limitsFrom(args), host: {} })
  const operation = { id: 'o1', spec, params: params as Record<string, unknown> }
  return {
    operation,
    options: { root: resolve(String(args['root'] ?? '/')), asOf: now, limits, attachments }
  }
}

/** Runs a module here. Throws `bad-params`, `usage`, `not-found` for what was typed wrong. */
const runLocal = (
  spec: ModuleSpec,
  args: Record<string, unknown>,
  permit: OwnHost,
  clock: Clock
): Promise<RunResult> => {
  const { operation, options } = questionOf(spec, args, clock.now())
  const { underWay, done } = sayUnderWay(spec.name, options.limits)
  return run(permit, operation, { ...options, underWay }).finally(done)
}

/** Has a standing module go on here, and shows what it tells, until ^C, or for as long as --limit-wall says. */
const standLocal = async (
  spec: ModuleSpec,
  args: Record<string, unknown>,
  permit: OwnHost,
  output: Output
): Promise<RunResult> => {
  const { operation, options } = questionOf(spec, args, systemClock.now())
  const { rows, outputBytes, wallMs } = options.limits
  const room = { rows, bytes: outputBytes }
  const end = new AbortController()
  const stop = () => end.abort()
  const timer = args['limit-wall'] === undefined ? undefined : setTimeout(stop, wallMs)
  let parts = 0
  const first = sayUnderWay(`${spec.name}, first look`, { wallMs: undefined })
  const underWay: typeof first.underWay = far => parts === 0 && first.underWay(far)
  process.once('SIGINT', stop)
  try {
    const take = async (part: Part) => {
      if (parts++ === 0) {
        first.done()
        output.status(`Stands, ${part.coverage.seen} seen; ^C ends it.`)
        sayMissing(part.errors, output)
      }
      for (const row of part.rows) showRow(spec, row, output)
      if (part.left > 0) output.status(`${count(part.left, 'row')} had no room.`)
      return room
    }
    return await stand(permit, operation, { ...options, room, take, end: end.signal, underWay })
  } finally {
    clearTimeout(timer)
    process.off('SIGINT', stop)
  }
}

const showRow = (spec: ModuleSpec, row: Row, output: Output): void => {
  if (output.json) {
    recordRow(spec, row, output)
    return
  }
  const cells = Object.entries(spec.columns).flatMap(([name, { type }]) =>
    row[name] === undefined ? [] : [row[name] === true ? name : cellText(row[name], type)]
  )
  output.line(cells.map(cell => safeText(cell)).join(output.colour ? '  ' : '\t'))
}

const recordRow = (spec: ModuleSpec, row: Row, output: Output): void => {
  const own = { type: 'row', module: moduleId(spec) }
  const cells = Object.entries(row).map(([column, cell]) => [memberOf(column, own), cellJson(cell)])
  output.record({ ...own, ...Object.fromEntries(cells) })
}

const statusOf = (result: RunResult, exitFound: boolean): number => {
  if (result.state === 'error') return new GumshoeError(result.code ?? 'module-failed', '').exit
  if (result.state !== 'done' || result.verdict === 'partial') return EXIT.incomplete
  return exitFound && result.verdict === 'no' ? EXIT.notFound : EXIT.complete
}

/** One cell as words; times in ISO form. */
export const cellText = (cell: Cell | undefined, type: string): string => {
  if (cell === undefined) return ''
  if (cell instanceof Uint8Array) return safeBytes(cell)
  return type === 'time' ? new Date(Number(cell)).toISOString().slice(0, 19).replace('T', ' ') : String(cell)
}

const cellJson = (cell: Cell): unknown =>
  cell instanceof Uint8Array ? jsonBytes(cell) : typeof cell === 'string' ? { t: cell } : cell

const showLocal = (spec: ModuleSpec, result: RunResult, output: Output): void => {
  const { state, verdict, code, coverage } = result
  if (output.json) {
    for (const row of result.rows) recordRow(spec, row, output)
    output.record({
      type: 'summary',
      module: moduleId(spec),
      state,
      verdict: verdict ?? null,
      code: code ?? null,
      coverage: coverage ?? null,
      counts: result.counts ?? {},
      errors: result.errors ?? {},
      complete: state === 'done' && verdict !== 'partial'
    })
    return
  }
  const columns = Object.keys(spec.columns).filter(name =>
    result.rows.some((row: Row) => row[name] !== undefined)
  )
  if (result.rows.length > 0)
    output.table(
      columns,
      result.rows.map((row: Row) => columns.map(name => cellText(row[name], spec.columns[name]!.type))),
      columns.filter(name => spec.columns[name]!.secrecy === 'private').slice(0, 1)
    )
  const errors = Object.entries(result.errors ?? {})
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
  const seen = coverage
    ? `${coverage.seen} seen, ${coverage.unreadable} unreadable, ${coverage.skipped} skipped`
    : ''
  output.status(
    [
      `${state}${code ? ` (${code})` : ''}`,
      verdict ? `verdict ${verdict}` : '',
      count(result.rows.length, 'row'),
      seen,
      errors
    ]
      .filter(Boolean)
      .join(' | ')
  )
  if (result.message) output.status(result.message)
  sayMissing(result.errors, output)
  if (verdict === 'partial')
    output.status('A "partial" is no "no": what could not be read may hold what you look for.')
}

const sayMissing = (errors: Readonly<Record<string, number>> | undefined, output: Output): void => {
  const missing = errors?.['path-missing'] ?? 0
  if (missing > 0)
    output.status(
      `Not here: ${count(missing, 'path that was named', 'paths that were named')}. Check how it is written.`
    )
}
