import { GumshoeError } from '../../../src/errors.ts'
import { findModule } from '../../../src/modules/index.ts'
import type { Outcome } from '../../../src/modules/spec.ts'
import type { Figure } from '../bench.ts'
import { alternate, type Command, type Cost, peakOf } from '../measure.ts'
import { HANDED, type Program } from '../program.ts'

/** What one module is measured by. It makes what it asks about, and removes it. */
export type Section = (given: Given) => AsyncGenerator<Figure>

export interface Given {
  readonly program: Program
  readonly rounds: number
  /** A directory that is removed afterwards. */
  readonly home: string
}

/** A question to a module, with a look at how it ended: a fast wrong answer is no figure. */
export interface Asked {
  readonly module: string
  /** As typed; see the module's flags. */
  readonly flags: Record<string, unknown>
  readonly check: (outcome: Outcome) => boolean
}

/** The module behind its fence, as an agent starts it. */
export const asking = (program: Program, { module, flags, check }: Asked): Command => {
  const spec = findModule(module)
  if (spec === undefined) throw new GumshoeError('unknown-module', `There is no module ${module}.`)
  const params = spec.fromFlags(flags, Date.now())
  const limits = { ...spec.limits.defaults, cpuMs: 600_000, wallMs: 600_000 }
  return {
    argv: [...program, 'fence', spec.looks?.(params) ?? 'files'],
    handed: HANDED,
    input: `${JSON.stringify({ module, params, root: '/', asOf: Date.now(), limits, attachments: [] })}\n`,
    check: output => {
      const { outcome } = JSON.parse(output.trim().split('\n').at(-1)!)
      if (outcome === undefined || !check(outcome))
        throw new Error(`${module} is wrong: ${output.slice(-500)}`)
    }
  }
}

const ms = (value: number): string => `${value.toFixed(0)} ms`

/**
 * A question beside a tool: all of it, and what it takes beyond the start of a child that has nothing to do, which is the
 * same for every module and the larger part of a short question.
 */
export async function* beside(
  what: string,
  given: Given,
  { asked, nothing, tool, most }: { asked: Asked; nothing: Asked; tool: Command; most: number }
): AsyncGenerator<Figure> {
  const { program, rounds } = given
  const { ours, empty, theirs } = await alternate(
    { ours: asking(program, asked), empty: asking(program, nothing), theirs: tool },
    rounds
  )
  const name = tool.argv[0]
  const figure = (cpuMs: number, more: string): Figure => ({
    what: `${what}${more}, CPU`,
    value: cpuMs / theirs.cpuMs,
    unit: '×',
    aim: { most },
    note: `${ms(cpuMs)}, ${name} ${ms(theirs.cpuMs)}`
  })
  yield figure(ours.cpuMs, '')
  yield figure(Math.max(0, ours.cpuMs - empty.cpuMs), ', beyond the start')
  yield* sizeOf(what, ours, await peakOf(asking(program, asked)))
}

/** A default question is answered before one has looked up, and in a small room. */
export const sizeOf = (what: string, { wallMs }: Cost, peak: number): Figure[] => [
  { what: `${what}, wall`, value: wallMs, unit: 'ms', aim: { most: 300 } },
  { what: `${what}, peak memory`, value: peak, unit: 'MB', aim: { most: 80 } }
]
