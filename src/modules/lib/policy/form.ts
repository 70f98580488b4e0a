import { z } from 'zod'
import { LIMITS } from '../../../limits.ts'
import { PACKAGE_KINDS } from '../versions/compare.ts'

/**
 * A policy: what is looked at (objects), and what must hold of it (tests). Mozilla's scribe documents are policies; what is
 * ours beside: `setting`, kinds and paths of packages, depths, `<=` and `>=`, `rules`, `not`, `absent`.
 */

/** Each test is counted by its name in an answer, which names so many. */
const TESTS = 256
const OBJECTS = 1_024

const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9 ._:+/@-]{0,63}$/, 'a name has up to 64 letters, digits and ._:+/@-')
const text = z.string().min(1).max(LIMITS.patternBytes)
const path = z.string().min(1).max(LIMITS.pathBytes)
const depth = z.int().min(1).max(LIMITS.walkDepth).optional()
const chain = z.array(id).min(1).max(16).optional()

const fileForm = { path, file: text, depth }

export const SETTING_PICKS = ['first', 'last', 'all'] as const

const SOURCES = {
  package: z.strictObject({
    name: text,
    collectmatch: text.optional(),
    onlynewest: z.boolean().optional(),
    kind: z.enum(PACKAGE_KINDS).optional(),
    /** Where packages of a language lie. */
    path: path.optional()
  }),
  filecontent: z.strictObject({
    ...fileForm,
    expression: text,
    concat: z.string().max(64).optional(),
    'import-chain': chain
  }),
  filename: z.strictObject({ ...fileForm, 'import-chain': chain }),
  hasline: z.strictObject({ ...fileForm, expression: text }),
  setting: z.strictObject({
    ...fileForm,
    key: text,
    section: text.optional(),
    pick: z.enum(SETTING_PICKS).optional(),
    ignorecase: z.boolean().optional()
  }),
  raw: z.strictObject({
    identifiers: z
      .array(z.strictObject({ identifier: text, value: text }))
      .min(1)
      .max(OBJECTS)
  })
}

export const SOURCE_NAMES = Object.keys(SOURCES) as (keyof typeof SOURCES)[]

const objectForm = z.strictObject({
  object: id,
  package: SOURCES.package.optional(),
  filecontent: SOURCES.filecontent.optional(),
  filename: SOURCES.filename.optional(),
  hasline: SOURCES.hasline.optional(),
  setting: SOURCES.setting.optional(),
  raw: SOURCES.raw.optional()
})
export type PolicyObject = z.infer<typeof objectForm>

const evr = z.strictObject({
  operation: z.enum(['<', '<=', '=', '>=', '>']),
  value: text,
  /** Whose rules order the versions of what is no package. */
  rules: z.enum(PACKAGE_KINDS).optional()
})

const testForm = z.strictObject({
  test: id,
  name: z.string().max(256).optional(),
  description: z.string().max(4_096).optional(),
  object: id,
  evr: evr.optional(),
  regexp: z.strictObject({ value: text }).optional(),
  exactmatch: z.strictObject({ value: text }).optional(),
  /** Holds where the object yields nothing. */
  absent: z.literal(true).optional(),
  /** Holds of what it otherwise would not hold of. */
  not: z.boolean().optional(),
  if: z.array(id).min(1).max(64).optional(),
  tags: z
    .array(z.strictObject({ key: z.string().min(1).max(64), value: z.string().max(128) }))
    .max(16)
    .optional(),
  expectedresult: z.boolean().optional(),
  expecterror: z.boolean().optional()
})
export type PolicyTest = z.infer<typeof testForm>

export const policyForm = z.strictObject({
  variables: z
    .array(
      z.strictObject({
        key: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, 'a key has up to 64 letters, digits and _.-'),
        value: z.string().max(LIMITS.pathBytes)
      })
    )
    .max(256)
    .optional(),
  objects: z.array(objectForm).min(1).max(OBJECTS),
  tests: z.array(testForm).min(1).max(TESTS)
})
export type PolicyDocument = z.infer<typeof policyForm>
