import { z } from 'zod'
import { LINES } from '../console/views/lines.ts'

/** docs/json-lines.md and its schema: what a script may count on, from the schemas that every line is tested against. */

interface Schema {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly description?: string
}
type Table = (heads: string[], rows: string[][]) => string

/** A schema in few words: `"open" or "over"`, `list of text`, `{id, name}`. */
const words = (schema: Schema): string => {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``
  if (schema.enum) return schema.enum.map(value => `\`${String(value)}\``).join(' ')
  if (schema.anyOf) return schema.anyOf.map(words).join(' or ')
  if (schema.type === 'array') return `list of ${words(schema.items!)}`
  if (schema.type === 'object') {
    const names = Object.keys(schema.properties ?? {})
    if (names.length > 0) return `\`{${names.join(', ')}}\``
    return typeof schema.additionalProperties === 'object'
      ? `object of ${words(schema.additionalProperties)}`
      : 'object'
  }
  const names = { string: 'text', null: '`null`' } as Record<string, string>
  const types = [schema.type ?? 'anything'].flat()
  return types.map(type => names[type] ?? type).join(' or ')
}

const variant = (schema: Schema, table: Table): string => {
  const rows = Object.entries(schema.properties ?? {})
    .filter(([name]) => name !== 'v' && name !== 'type')
    .map(([name, member]) => [`\`${name}\``, words(member), member.description ?? ''])
  if (typeof schema.additionalProperties === 'object' && Object.keys(schema.additionalProperties).length > 0)
    rows.push(['each column', words(schema.additionalProperties), 'By the name of the column'])
  return table(['member', 'is', ''], rows)
}

const schemaOf = (type: keyof typeof LINES): Schema => z.toJSONSchema(LINES[type]) as Schema

export const jsonLinesPage = (note: string, table: Table): string =>
  [
    '# JSON Lines',
    note,
    'With `--json` each line of standard output is one JSON object with `"v": 1` and a `type`; status, warnings and errors go',
    'to standard error. Members are only ever added under one `v`. `<`, `>`, `&`, controls and invisible characters are',
    'written by their code, so that a line is harmless on a terminal and in a page. Values from hosts are bytes: `{"t": …}`',
    'where they are UTF-8, else `{"hex": …}`. The same as a JSON Schema: `docs/json-lines.schema.json`.',
    '',
    '```',
    'gumshoe show a17 --json | jq -r \'select(.type == "host" and .verdict == "yes").host.name\'',
    '```',
    '',
    ...(Object.keys(LINES) as (keyof typeof LINES)[]).flatMap(type => {
      const schema = schemaOf(type)
      const variants = schema.anyOf ?? [schema]
      return [
        `## ${type}`,
        `${schema.description}.`,
        '',
        ...variants.flatMap(each => [variant(each, table), ''])
      ]
    })
  ].join('\n')

export const jsonLinesSchema = (): string => {
  const all = z.union(Object.values(LINES))
  return `${JSON.stringify(z.toJSONSchema(all), null, 2)}\n`
}
