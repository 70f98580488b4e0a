import { z } from 'zod'
import { parseFlagWords } from '../../src/cli/flag-words.ts'
import { nearest } from '../../src/cli/nearest.ts'
import { paramsInto } from '../../src/cli/options.ts'
import { orMeant } from '../../src/cli/program.ts'
import type { Condition, Operation } from '../../src/documents/action.ts'
import { DISCLOSURES, opForm } from '../../src/documents/vocabulary.ts'
import { placeOf, sayWrong, wrongIn } from '../../src/documents/wrong.ts'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import { MODULES } from '../../src/modules/index.ts'
import { moduleId } from '../../src/modules/spec.ts'
import { parseLine } from '../prompt/words.ts'

const flagValue = z.union([z.string(), z.number(), z.boolean()])
const writtenOperation = z.strictObject({
  id: opForm.optional(),
  module: z.string(),
  /** The flags as they are typed, in one line. */
  argv: z.string().optional(),
  /** The same by name. */
  flags: z.record(z.string(), z.union([flagValue, z.array(flagValue)])).optional(),
  /** What stands in the files that flags name, where there are no files. */
  texts: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
  /** `found(a)`: an operation above; `found(a17)`, `answered(a17)`: an action of before. */
  when: z.string().optional()
})

/** Several operations as a person writes them: in a file, in an editor, by flags. */
const compositionSchema = z.strictObject({
  target: z.string().optional(),
  level: z.enum(DISCLOSURES).optional(),
  title: z.string().optional(),
  case: z.string().optional(),
  reason: z.string().optional(),
  description: z.string().optional(),
  threat: z.string().optional(),
  purpose: z.string().optional(),
  expires: z.string().optional(),
  ceiling: z.string().optional(),
  widens: z.string().optional(),
  operations: z
    .array(writtenOperation)
    .min(1, 'say at least one operation')
    .max(LIMITS.operations, `an action has at most ${LIMITS.operations} operations`)
})
export type Composition = z.infer<typeof compositionSchema>
export type WrittenOperation = z.infer<typeof writtenOperation>

/** Text with comments → what it says. Throws `usage` that names the line or the member. */
export const readComposition = async (text: string): Promise<Composition> => {
  // Only who composes pays for it.
  const { default: stripComments } = await import('strip-json-comments')
  let value: unknown
  try {
    value = JSON.parse(stripComments(text, { trailingCommas: true }))
  } catch (cause) {
    throw new GumshoeError('usage', `This is not JSON: ${(cause as Error).message.replace(/\.?$/, '.')}`, {
      cause,
      fix: 'gumshoe compose --edit opens a template; // comments are allowed.'
    })
  }
  return checkComposition(value)
}

const checkComposition = (value: unknown): Composition => {
  const result = compositionSchema.safeParse(value)
  if (result.success) return result.data
  const wrong = wrongIn(result.error)
  throw new GumshoeError('usage', sayWrong(placeOf(wrong.path) || 'The document', wrong), {
    fix: 'gumshoe compose --edit opens a template that names every member.'
  })
}

const NAMED = /^([a-z0-9._-]{1,63}):\s+(.*)$/s

/** `--op 'a: file --path /etc'` and `--when 'b: found(a)'`. Throws `usage`. */
export const fromFlags = (ops: readonly string[], whens: readonly string[]): WrittenOperation[] => {
  const conditions = new Map(
    whens.map(text => {
      const [, id, when] = NAMED.exec(text) ?? []
      if (id === undefined)
        throw new GumshoeError('usage', `--when ${text}: a condition is like 'b: found(a)'.`)
      return [id, when!] as const
    })
  )
  if (conditions.size < whens.length)
    throw new GumshoeError('usage', 'An operation has one condition; --when names one twice.')
  const written = ops.map((text, i) => {
    const [, id = `o${i + 1}`, rest = text] = NAMED.exec(text) ?? []
    const [module = '', argv = ''] = splitFirst(rest.trim())
    const when = conditions.get(id)
    conditions.delete(id)
    return { id, module, argv, ...(when !== undefined && { when }) }
  })
  const [stray] = conditions.keys()
  if (stray !== undefined)
    throw new GumshoeError('usage', `--when ${stray}: there is no operation ${stray}.`, {
      fix: `Name it: --op '${stray}: MODULE …'.`
    })
  return checkComposition({ operations: written }).operations
}

const splitFirst = (text: string): [string, string] => {
  const at = text.search(/\s/)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

/** What was written → what is signed. Throws `usage`, `bad-params`, `not-found` naming the operation. */
export const operationsFrom = (
  written: readonly WrittenOperation[],
  now: number,
  /** The id of an action that this console knows by a short name. */
  resolve: (action: string) => string,
  /** Takes what the operations name by its hash. */
  attachments: Map<string, Uint8Array> = new Map()
): Operation[] => {
  const ids = written.map(({ id }, i) => id ?? `o${i + 1}`)
  const twice = ids.find((id, i) => ids.indexOf(id) !== i)
  if (twice !== undefined)
    throw new GumshoeError('usage', `Two operations are called ${twice}; each has an id of its own.`)
  return written.map((one, i) => {
    const id = ids[i]!
    try {
      const spec = moduleNamed(one.module)
      const params = paramsInto(attachments, spec, parseFlagWords(spec, wordsOf(one)), now, one.texts)
      const condition = one.when === undefined ? undefined : conditionOf(one.when, ids, i, resolve)
      return { id, module: moduleId(spec), params, ...(condition && { condition }) }
    } catch (error) {
      if (!(error instanceof GumshoeError)) throw error
      throw new GumshoeError(error.code, `Operation ${id}: ${error.message}`, {
        cause: error,
        fix: error.fix
      })
    }
  })
}

const moduleNamed = (named: string) => {
  const spec = MODULES.find(candidate => candidate.name === named || moduleId(candidate) === named)
  if (spec !== undefined) return spec
  const meant = nearest(
    named,
    MODULES.map(({ name }) => name)
  )
  throw new GumshoeError('usage', `There is no module ${named}${orMeant(meant)}`, {
    fix: 'gumshoe modules lists them.'
  })
}

const wordsOf = ({ argv, flags }: WrittenOperation): string[] => {
  if (argv !== undefined && flags !== undefined)
    throw new GumshoeError('usage', 'Flags stand in argv or in flags, not in both.')
  if (argv !== undefined) {
    const { words, greps } = parseLine(argv)
    if (greps.length > 0) throw new GumshoeError('usage', 'Put | between quotes where it is part of a value.')
    return [...words]
  }
  return Object.entries(flags ?? {}).flatMap(([name, value]) =>
    [value].flat().flatMap(one => {
      if (one === false) return []
      return one === true ? [`--${name}`] : [`--${name}=${String(one)}`]
    })
  )
}

const conditionOf = (
  text: string,
  ids: readonly string[],
  at: number,
  resolve: (action: string) => string
): Condition => {
  const [, when, name] = /^(found|answered)\(([a-z0-9._-]{1,64})\)$/.exec(text.trim()) ?? []
  if (when === undefined || name === undefined)
    throw new GumshoeError('usage', `${text} is no condition.`, {
      fix: 'found(a): an operation above; found(a17) or answered(a17): an action of before.'
    })
  const place = ids.indexOf(name)
  // What is written here is nearer than what was asked once.
  if (place < 0) return { when: when as 'found' | 'answered', action: resolve(name) }
  if (place >= at)
    throw new GumshoeError('usage', `${text} names ${place === at ? 'itself' : 'an operation below it'}.`, {
      fix: 'Operations run in their order: a condition names one above.'
    })
  if (when === 'answered')
    throw new GumshoeError('usage', `${text}: an operation above is always answered.`, {
      fix: `found(${name}), or no condition.`
    })
  return { when: 'found', op: name }
}
