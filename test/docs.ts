import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FACT_NAMES } from '../src/documents/facts.ts'
import { ERRORS, EXIT } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import { MODULES } from '../src/modules/index.ts'
import { jsonLinesPage, jsonLinesSchema } from './docs-json-lines.ts'
import { moduleBlock, modulesPage } from './docs-modules.ts'
import { ROOT } from './source-tree.ts'

/**
 * The pages of docs/ that are made from the source: `node test/docs.ts` says which differ, `--write` writes them. The
 * test fails where a committed page differs from what is made here.
 */

const NOTE = '<!-- Made by `node test/docs.ts --write`; do not edit. -->'
const cell = (text: string): string => text.replace(/\|/g, '\\|').replace(/\s+/g, ' ')
const row = (...cells: string[]): string => `| ${cells.map(cell).join(' | ')} |`
const table = (heads: string[], rows: string[][]): string =>
  [row(...heads), row(...heads.map(() => '---')), ...rows.map(cells => row(...cells))].join('\n')

const EXIT_WORDS: Record<keyof typeof EXIT, string> = {
  complete: 'complete',
  internal: 'Gumshoe itself failed',
  usage: 'the command line, or what it names, is not understood',
  incomplete: 'incomplete: a host is silent, partial, refused, interrupted or in error',
  policy: 'refused by policy or trust',
  unreached: 'no bootstrap node reached, nothing sent',
  key: 'key or passphrase',
  nobody: 'the target matches nobody',
  resource: 'store, disk, port or permission',
  notFound: 'with `--exit-found`: no on every host',
  left: 'left running (^C)'
}

const errorsPage = (): string =>
  [
    '# Every error code, with its fix',
    NOTE,
    'A code never changes its meaning; scripts match on it, never on the sentence. It stands on screens, in JSON Lines, in',
    'log lines and in sealed answers. Where the program knows a better fix than the one below, it says that.',
    '',
    table(
      ['code', 'when', 'what to do', 'exit'],
      Object.entries(ERRORS).map(([code, { meaning, fix, exit }]) => [
        `\`${code}\``,
        meaning,
        fix,
        String(EXIT[exit])
      ])
    ),
    '',
    '## Exit statuses',
    table(
      ['status', 'means'],
      Object.entries(EXIT).map(([name, status]) => [String(status), EXIT_WORDS[name as keyof typeof EXIT]])
    ),
    ''
  ].join('\n')

/** 192 KiB, 5 s, 14 days: the unit is in the name of the limit. */
const withUnit = (name: string, value: number): string => {
  const scaled = (units: [string, number][]): string => {
    const [unit, size] =
      units.find(([unit, each]) => value >= (unit === 'days' ? 2 * each : each) && value % each === 0) ??
      units.at(-1)!
    return `${(value / size).toLocaleString('en')} ${unit}`
  }
  if (/Bytes/.test(name))
    return scaled([
      ['GiB', 1024 ** 3],
      ['MiB', 1024 ** 2],
      ['KiB', 1024],
      ['bytes', 1]
    ])
  if (name.endsWith('Ms'))
    return scaled([
      ['days', 86_400_000],
      ['h', 3_600_000],
      ['min', 60_000],
      ['s', 1000],
      ['ms', 1]
    ])
  return value.toLocaleString('en')
}

/** Reads the comments of src/limits.ts: a line comment opens a chapter, a doc comment is the reason of what follows it. */
const limitsPage = (): string => {
  const text = readFileSync(join(ROOT, 'src/limits.ts'), 'utf8')
  const body = text.slice(text.indexOf('export const LIMITS = {'), text.indexOf('} as const'))
  const out: string[] = []
  let rows: string[][] = []
  let reason = ''
  const flush = () => {
    if (rows.length > 0) out.push(table(['limit', 'value', 'why'], rows), '')
    rows = []
  }
  const piece = /^ {2}\/\/ (.+)$|\/\*\*([\s\S]*?)\*\/|^ {2}(\w+): /gm
  for (const [, chapter, doc, name] of body.matchAll(piece)) {
    if (chapter !== undefined) {
      flush()
      out.push(`## ${chapter.replace(/\.$/, '')}`)
    } else if (doc !== undefined) reason = doc.replace(/\n\s*\* ?/g, ' ').trim()
    else if (name !== undefined) {
      rows.push([`\`${name}\``, withUnit(name, LIMITS[name as keyof typeof LIMITS]), reason])
      reason = ''
    }
  }
  flush()
  return [
    '# Every limit, with its reason',
    NOTE,
    'They stand in `src/limits.ts`. Limits of documents and of the wire are frozen with the version of the documents; a policy',
    'or an action may lower the limits of runs.',
    '',
    ...out
  ].join('\n')
}

const factsTable = (): string =>
  table(
    ['name', 'is', 'compared by', 'example'],
    Object.entries(FACT_NAMES).map(([name, { type, doc, example }]) => [
      `\`${name}\``,
      doc,
      {
        word: '`=` `!=` `in` `~`',
        peer: '`=` `!=` `in` `~`',
        version: '`=` `!=` `in` `~` `<` `<=` `>` `>=`',
        address: '`=` `!=` `in`'
      }[type],
      `\`${example}\``
    ])
  )

const between = (page: string, mark: string, made: string): string => {
  const [begin, end] = [`<!-- ${mark}: made by node test/docs.ts --write -->`, `<!-- /${mark} -->`]
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error(`The page has no block ${mark}.`)
  return `${page.slice(0, from + begin.length)}\n${made}\n${page.slice(to)}`
}

/** Path → what it must hold; given what it holds now. */
export const PAGES: Readonly<Record<string, (now: string) => string>> = {
  'docs/errors.md': errorsPage,
  'docs/json-lines.md': () => jsonLinesPage(NOTE, table),
  'docs/json-lines.schema.json': () => jsonLinesSchema(),
  'docs/limits.md': limitsPage,
  'docs/target.md': now => between(now, 'facts', factsTable()),
  'docs/modules.md': () => modulesPage(NOTE, table),
  ...Object.fromEntries(
    MODULES.map(spec => [
      `docs/modules/${spec.name}.md`,
      (now: string) => between(now, 'module', moduleBlock(spec, table, withUnit))
    ])
  )
}

export const readPage = (path: string): string => {
  try {
    return readFileSync(join(ROOT, path), 'utf8')
  } catch {
    return ''
  }
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, make] of Object.entries(PAGES)) {
    const now = readPage(path)
    const made = make(now)
    if (made === now) continue
    if (process.argv.includes('--write')) writeFileSync(join(ROOT, path), made)
    else process.exitCode = 1
    console.log(`${process.argv.includes('--write') ? 'written' : 'differs'}: ${path}`)
  }
}
