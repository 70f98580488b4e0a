import { z } from 'zod'
import { placeOf, sayWrong, wrongIn } from '../../../documents/wrong.ts'
import { GumshoeError } from '../../../errors.ts'
import type { Flag } from '../../spec.ts'
import { many, strings } from '../flags.ts'
import { compilePolicy } from './compile.ts'
import { policyDocument } from './document.ts'
import { VERDICTS } from './evaluate.ts'
import type { PolicyObject } from './form.ts'

/** The parameters of `policy/1`, as they stand in a signed action, and the way to them from flags. */

export const policyParams = z.strictObject({
  document: policyDocument,
  only: z
    .array(z.enum(VERDICTS))
    .min(1)
    .max(VERDICTS.length)
    .refine(only => new Set(only).size === only.length, 'each verdict is named once')
})
export type PolicyParams = z.infer<typeof policyParams>

export const POLICY_FLAGS: Record<string, Flag> = {
  document: {
    type: 'file',
    doc: 'The policy, in JSON: variables, objects, tests; documents of Mozilla scribe are taken as they are; needed',
    group: 'What'
  },
  only: many('Tests with this verdict are told; true where nothing is said', 'What', VERDICTS)
}

/** Typed flags → parameters. Throws `bad-params` naming the flag and the place in the document. */
export const policyFromFlags = (flags: Record<string, unknown>): PolicyParams => {
  const text = flags['document']
  if (text === undefined)
    throw new GumshoeError('bad-params', '--document is missing: say which policy.', {
      fix: '--document policy.json; see docs/modules/policy.md.'
    })
  const result = policyParams.safeParse({
    document: parse(String(text)),
    only: strings(flags, 'only') ?? ['true']
  })
  if (!result.success) {
    const wrong = wrongIn(result.error)
    throw new GumshoeError('bad-params', sayWrong(`--${placeOf(wrong.path)}`, wrong), { cause: result.error })
  }
  // What is no regular expression, variable or path is said here, not by a thousand hosts.
  compilePolicy(result.data.document)
  return result.data
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new GumshoeError('bad-params', '--document is no JSON.', {
      cause,
      fix: 'A document in YAML becomes JSON by yq -o=json.'
    })
  }
}

/** The question in words, for the preview. */
export const sayPolicy = ({ document: { objects, tests }, only }: PolicyParams): string => {
  const packages = objects.filter(object => object.package !== undefined).length
  const paths = [
    ...new Set(
      objects.flatMap(
        ({ filecontent, filename, hasline, setting }) =>
          (filecontent ?? filename ?? hasline ?? setting)?.path ?? []
      )
    )
  ]
  const about = [
    ...(packages > 0 ? [count(packages, 'package')] : []),
    ...(paths.length > 0 ? [`files under ${listed(paths)}`] : [])
  ].join(' and ')
  const names = listed(tests.map(({ test }) => test))
  return `${count(tests.length, 'test')} (${names})${about && ` of ${about}`}: those that are ${only.join(' or ')}. Changes nothing; returns no value.`
}

const SAID = 8

const listed = (words: readonly string[]): string =>
  words.length > SAID
    ? `${words.slice(0, SAID).join(', ')} and ${words.length - SAID} more`
    : words.join(', ')

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

/** Tests of what stands in files; packages and names of files are no contents. */
export const policyChecks = ({ document: { objects, tests } }: PolicyParams): number => {
  const reading = new Set(objects.filter(readsContents).map(({ object }) => object))
  return tests.filter(({ object }) => reading.has(object)).length
}

/** A chain takes its variables from what other objects have read. */
const readsContents = ({ filecontent, filename, hasline, setting }: PolicyObject): boolean =>
  [filecontent, hasline, setting, filename?.['import-chain']].some(source => source !== undefined)

/** What the question names outright. */
export const policyLiterals = ({ document: { objects } }: PolicyParams): string[] => [
  ...new Set(
    objects.flatMap(({ package: source, raw, filecontent, filename, hasline, setting }) => {
      const path = (filecontent ?? filename ?? hasline ?? setting)?.path
      return [
        ...(source?.name ? [source.name] : []),
        ...(path?.startsWith('/') && !path.includes('${') ? [path] : []),
        ...(raw?.identifiers.map(({ identifier }) => identifier) ?? [])
      ]
    })
  )
]
