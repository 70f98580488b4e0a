import { MODULES } from '../src/modules/index.ts'
import { type Column, type Flag, type ModuleSpec, moduleId } from '../src/modules/spec.ts'

/** The pages about modules, made from their specs. */

type Table = (heads: string[], rows: string[][]) => string

const SECRECY: Record<Column['secrecy'], string> = {
  plain: 'as it is',
  private: 'a commitment; as it is with `clear`, or after a `reveal`',
  guessable: 'only which of the question’s own words it is'
}

const VALUES: Record<Flag['type'], string> = { boolean: '', number: ' N', string: ' TEXT', file: ' FILE' }

const flagText = (name: string, flag: Flag): string => {
  const value = flag.values ? ' WORD' : VALUES[flag.type]
  return `\`--${name}${value}\`${flag.repeat ? ', again and again' : ''}`
}

/** A word as a shell takes it. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

/** What a page of one module holds between its marks. */
export const moduleBlock = (
  spec: ModuleSpec,
  table: Table,
  value: (name: string, n: number) => string
): string => {
  const groups = Map.groupBy(Object.entries(spec.flags), ([, flag]) => flag.group ?? 'Other')
  return [
    '',
    ended(spec.sentence),
    '',
    `Id \`${moduleId(spec)}\`; risk \`${spec.risk}\`; runs on ${spec.platforms.join(', ')}; ${
      spec.anyRoot ? 'answers for any root (`--root`)' : 'needs the live kernel: `unsupported` under `--root`'
    }.`,
    '',
    ...(spec.rights.length === 0
      ? ['It asks for no right.']
      : [
          table(
            ['it wants to', 'without that'],
            spec.rights.map(({ right, without }) => [right, without])
          )
        ]),
    '',
    '## Examples',
    ...spec.examples.flatMap(({ title, argv, files = {} }) => [
      '',
      `${title}:`,
      '```',
      `gumshoe ${spec.name} -t all ${argv.map(quoted).join(' ')}`,
      '```',
      ...Object.entries(files).flatMap(([name, text]) => [
        `where \`${name}\` holds`,
        '```',
        text.trimEnd(),
        '```'
      ])
    ]),
    '',
    '## Flags',
    ...[...groups].flatMap(([group, flags]) => [
      '',
      `**${group}**`,
      '',
      table(
        ['flag', 'is'],
        flags.map(([name, flag]) => [flagText(name, flag), ended(flag.doc)])
      )
    ]),
    '',
    '## Columns of an answer',
    '',
    table(
      ['column', 'is', 'type', 'leaves a host, with `hashed`,'],
      Object.entries(spec.columns).map(([name, { doc, type, secrecy }]) => [
        `\`${name}\``,
        doc,
        type,
        SECRECY[secrecy]
      ])
    ),
    '',
    '## Limits of a run',
    '',
    table(
      ['limit', 'default', 'at most'],
      Object.entries(spec.limits.defaults).map(([name, n]) => [
        `\`${name}\``,
        value(name, n),
        value(name, spec.limits.most[name as keyof typeof spec.limits.most])
      ])
    ),
    ''
  ].join('\n')
}

/** The list of all modules. */
export const modulesPage = (note: string, table: Table): string =>
  [
    '# Modules',
    note,
    'A module is what a host can be asked. All of them are part of the program; an action names one by name and major version,',
    'and nothing else can be run on a host: there is no shell, no script and no plug-in. Each is tried without a mesh by',
    '`gumshoe local MODULE`.',
    '',
    table(
      ['module', 'does', 'risk', 'runs on'],
      MODULES.map(spec => [
        `[\`${moduleId(spec)}\`](modules/${spec.name}.md)`,
        ended(spec.sentence),
        spec.risk,
        spec.platforms.join(', ')
      ])
    ),
    '',
    'Who comes from MIG finds its modules, and what is other, in [mig.md](mig.md).',
    ''
  ].join('\n')
