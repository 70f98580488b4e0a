import { z } from 'zod'
import { CONSOLE_STATES, DISCLOSURES, RISKS, VERDICTS } from '../../src/documents/vocabulary.ts'

/**
 * The lines of --json, one schema a type: what a script may count on. Members are only ever added; another meaning is
 * another `v`. docs/json-lines.md is made from this.
 */

const host = z
  .strictObject({ id: z.string().describe('Peer id: its identity'), name: z.string() })
  .describe('A host; the name is its own word')
const bytes = z
  .union([z.strictObject({ t: z.string() }), z.strictObject({ hex: z.string() })])
  .describe('Bytes from a host: text where they are UTF-8, else hex')
const dark = z
  .strictObject({ c: z.string().describe('Commitment in hex') })
  .describe('A private value that nobody here knows')
const path = z
  .strictObject({
    c: z.array(z.string()).describe('Commitment of each component, in hex'),
    known: z.array(bytes.nullable()).describe('What each stands for; null where it is dark')
  })
  .describe('A path, component by component')
const literal = z
  .strictObject({ literal: z.int() })
  .describe("A guessable value: which of the question's own literals it is")
const cell = z.union([z.number(), z.boolean(), z.string(), z.null(), bytes, dark, path, literal])
const coverage = z.strictObject({ seen: z.int(), unreadable: z.int(), skipped: z.int() }).nullable()
const verdict = z.enum(VERDICTS).nullable()
const names = z.array(z.string())
const line = { v: z.literal(1) }
const at = {
  type: z.literal('event'),
  t: z.int().describe('When, in ms since 1970, by the clock of the host')
}
const event = <S extends z.ZodRawShape>(what: string, members: S) =>
  z.strictObject({ ...line, ...at, what: z.literal(what), ...members })
const asked = {
  action: z.string(),
  persons: names.describe('Who signed it'),
  modules: names,
  disclosure: z.enum(DISCLOSURES),
  purpose: z.string().optional().describe('For the owners of hosts, in clear')
}

export const LINES = {
  action: z
    .strictObject({
      ...line,
      type: z.literal('action'),
      id: z.string(),
      name: z.string().nullable().describe('Short name in this console'),
      state: z.enum(['open', 'over', 'cancelled']),
      modules: z.string().describe('Modules with their majors, a space between'),
      target: z.string(),
      disclosure: z.enum(DISCLOSURES),
      by: names.describe('Persons in force who signed it'),
      validFrom: z.string(),
      expires: z.string(),
      note: z
        .record(z.string(), z.string())
        .nullable()
        .describe('Title, case, reason: where they are known here')
    })
    .describe('A question: `actions`, and the first line of a result'),
  host: z
    .union([
      z.strictObject({
        ...line,
        type: z.literal('host'),
        host,
        state: z.enum(CONSOLE_STATES),
        verdict,
        code: z.string().nullable().describe('Why it is not done, or what ended it early'),
        late: z.boolean().describe('Not among the targeted when the question was published'),
        coverage,
        operations: z
          .array(
            z.strictObject({
              op: z.string(),
              module: z.string(),
              state: z.enum(CONSOLE_STATES),
              verdict,
              code: z.string().nullable()
            })
          )
          .describe('How it ended with each operation of the question')
      }),
      z.strictObject({
        ...line,
        type: z.literal('host'),
        host,
        tags: names.describe('By enrolment'),
        grant: z.string().describe('Id of the grant that it enrolled by'),
        facts: z.record(z.string(), z.unknown()).nullable().describe("The host's own word"),
        connected: z.boolean(),
        presence: z.enum(['up', 'leaving', 'rolled-back']),
        charter: z.int(),
        version: z.string(),
        doubled: z.boolean().describe('Another host says the same name'),
        cloned: z.boolean().describe('Two machines were seen to speak as this one within the last day'),
        seen: z.string()
      })
    ])
    .describe('A host: how it ended with a question, or (`agents`) what is known of it'),
  value: z
    .union([
      z
        .object({
          ...line,
          type: z.literal('value'),
          action: z.string(),
          op: z.string(),
          name: z.string(),
          hosts: z.array(host)
        })
        .catchall(cell),
      z.strictObject({
        ...line,
        type: z.literal('value'),
        action: z.string(),
        of: z.string().describe('The action whose commitment was opened'),
        op: z.string(),
        column: z.string(),
        commitment: z.string(),
        value: bytes
      })
    ])
    .describe(
      'Rows of several hosts that are equal in everything but time (`null` where they differ), rarest first, with a member for each column (`name_` for a column that is called like a member of the line); or (`reveal`) what was opened'
    ),
  row: z
    .union([
      z.object({ ...line, type: z.literal('row'), action: z.string(), op: z.string(), host }).catchall(cell),
      z.object({ ...line, type: z.literal('row'), module: z.string() }).catchall(cell)
    ])
    .describe(
      'One row of one host, with a member for each column (`type_` for a column that is called like a member of the line); `local` has no action and no host'
    ),
  summary: z
    .union([
      z.strictObject({
        ...line,
        type: z.literal('summary'),
        action: z.string(),
        targeted: z.int(),
        states: z.record(z.string(), names).describe('Every host in exactly one'),
        verdicts: z.record(z.enum(VERDICTS), names),
        dropped: names.describe('Hosts that say to have lost their answer for want of room'),
        discarded: z.array(z.strictObject({ agent: z.string(), code: z.string() })).describe('Not believed'),
        complete: z.boolean()
      }),
      z.strictObject({
        ...line,
        type: z.literal('summary'),
        module: z.string(),
        state: z.enum(CONSOLE_STATES),
        verdict: verdict.optional(),
        code: z.string().nullable(),
        coverage: coverage.optional(),
        counts: z.record(z.string(), z.int()).optional(),
        errors: z.record(z.string(), z.int()).optional(),
        complete: z.boolean()
      })
    ])
    .describe('The last line'),
  known: z
    .strictObject({
      ...line,
      type: z.literal('known'),
      name: z.string(),
      from: z.string(),
      at: z.string(),
      components: z.int().describe('Parts of paths'),
      values: z.int().describe('Other private values')
    })
    .describe('A source of ordinary names: `known list`'),
  odd: z
    .strictObject({
      ...line,
      type: z.literal('odd'),
      action: z.string(),
      op: z.string(),
      host,
      bits: z
        .number()
        .describe('How unlikely its values are among its siblings: the sum of -log2 of each share'),
      of: z.int().describe('Hosts that were compared'),
      values: z
        .array(
          z.strictObject({
            column: z.string(),
            value: cell,
            hosts: z.int().describe('On how many hosts it is'),
            dark: z.boolean(),
            name: z.string().describe('The value that `reveal` takes')
          })
        )
        .describe('What half of the hosts or fewer have, rarest first')
    })
    .describe('A host by how rare its values are: `odd`, rarest first'),
  module: z
    .strictObject({
      ...line,
      type: z.literal('module'),
      id: z.string().describe('Name and major'),
      sentence: z.string(),
      risk: z.enum(RISKS),
      platforms: names,
      columns: z
        .record(
          z.string(),
          z.strictObject({
            type: z.string(),
            secrecy: z.enum(['plain', 'private', 'guessable']),
            doc: z.string()
          })
        )
        .describe('What its rows have')
    })
    .describe('A module: `modules`'),
  event: z
    .union([
      event('run', asked),
      event('refused', { ...asked, code: z.string() }),
      z.strictObject({
        ...line,
        ...at,
        what: z.enum(['answered', 'dropped']),
        action: z.string(),
        op: z.string(),
        state: z.string(),
        verdict: z.string().optional(),
        code: z.string().optional(),
        rows: z.int(),
        bytes: z.int().describe('Sealed, as they left the host'),
        id: z.string().describe('Of the header')
      }),
      event('delivered', {
        action: z.string(),
        id: z.string().describe('Of the header'),
        nodes: z.int().describe('That gave a receipt')
      }),
      event('turned-away', { kind: z.string(), code: z.string(), action: z.string().optional() }),
      event('cancelled', { action: z.string() }),
      event('charter', { version: z.int() }),
      z.strictObject({ ...line, ...at, what: z.enum(['start', 'stop']) })
    ])
    .describe('What happened on a host: `gumshoe-agent why`'),
  audit: z
    .strictObject({
      ...line,
      type: z.literal('audit'),
      sound: z.int().describe('Documents that hold'),
      damaged: names.describe('Ids of documents that were set aside, to be filled again from other nodes'),
      missing: z.int().describe('Documents that a counter knows and the store has not'),
      indexes: z.int().describe('Entries of indexes that were damaged or missing')
    })
    .describe('How the store of a bootstrap node is: `gumshoe-bootstrap audit`')
} as const

export type LineType = keyof typeof LINES
