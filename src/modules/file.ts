import { codeOf, type ErrorCode, GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { FileSystemKind } from './lib/filesystems.ts'
import { modeText, namesOf } from './lib/names.ts'
import { scanFile } from './lib/scan.ts'
import { type CompiledSearch, compileSearch, depthBelow } from './lib/search.ts'
import { FILE_FLAGS, fileFromFlags } from './lib/search-flags.ts'
import { type FileParams, fileParams, type Search } from './lib/search-params.ts'
import { reasonOf, Walk, type WalkedFile } from './lib/walk.ts'
import { type Host, module, type Outcome, type Row } from './spec.ts'

const LIMITS_OF_A_RUN = {
  wallMs: LIMITS.wallMs,
  cpuMs: LIMITS.cpuMs,
  memoryMiB: LIMITS.memoryMiB,
  rows: LIMITS.rows,
  outputBytes: LIMITS.outputBytes,
  readBytes: LIMITS.readBytes,
  entries: LIMITS.walkEntries
}

/** Finds files by name, size, mode, times, owner, content and hashes. Reads only; returns no content. */
export const file = module<FileParams>({
  name: 'file',
  major: 1,
  sentence:
    'Finds files by name, size, mode, time, owner, content, bytes and hash; returns where they are, never what is in them.',
  platforms: ['linux', 'darwin'],
  risk: 'inspect',
  anyRoot: true,
  rights: [
    {
      right: 'read every file (root, or CAP_DAC_READ_SEARCH)',
      without: 'files of other users count as unreadable, and a "no" becomes "partial"'
    }
  ],
  flags: FILE_FLAGS,
  params: fileParams,
  fromFlags: fileFromFlags,
  say: ({ searches }) => searches.map(saySearch).join('; '),
  literals: ({ searches }) => searches.flatMap(literalsOf),
  columns: {
    search: { type: 'text', secrecy: 'plain', doc: 'Label of the search' },
    path: { type: 'path', secrecy: 'private', doc: 'Where the file is' },
    size: { type: 'count', secrecy: 'plain', doc: 'Bytes' },
    mode: { type: 'text', secrecy: 'plain', doc: 'As ls -l shows it' },
    mtime: { type: 'time', secrecy: 'plain', doc: 'Modified, ms since 1970' },
    ctime: { type: 'time', secrecy: 'plain', doc: 'Inode changed, ms since 1970' },
    owner: { type: 'text', secrecy: 'private', doc: 'Owner by name' },
    group: { type: 'text', secrecy: 'private', doc: 'Group by name' },
    sha256: { type: 'text', secrecy: 'private', doc: 'SHA-256 in hex, with --sha256' },
    check: { type: 'text', secrecy: 'plain', doc: 'Which check matched, with --any' }
  },
  limits: {
    defaults: LIMITS_OF_A_RUN,
    most: {
      ...LIMITS_OF_A_RUN,
      wallMs: 3_600_000,
      cpuMs: 3_600_000,
      memoryMiB: 4_096,
      rows: LIMITS.rowsMax,
      outputBytes: 8 * LIMITS.outputBytes
    }
  },
  examples: [
    {
      title: 'An Apache module that matches an MD5',
      argv: [
        '--path',
        '/usr/lib/apache2/modules',
        '--name',
        '\\.so$',
        '--md5',
        '9b1d0b3a3a6e5b8ee6b2a1f0c0de34e4'
      ]
    },
    {
      title: 'A password in a configuration, whatever its case',
      argv: ['--path', '/etc', '--content', '(?i)password\\s*=\\s*hunter2']
    },
    { title: 'Setuid files that changed within a week', argv: ['--path', '/', '--setuid', '--ctime', '<7d'] },
    {
      title: 'Large world-writable scripts outside of a cache',
      argv: [
        '--path',
        '/srv',
        '--glob',
        '*.sh',
        '--size',
        '>1k',
        '--mode',
        '^-.......w.',
        '--exclude',
        '*/cache/*'
      ]
    }
  ],
  run: (params, host) => runSearches(params, host)
})

async function* runSearches(params: FileParams, host: Host): AsyncGenerator<Row, Outcome> {
  const names = namesOf(host.root)
  const searches = params.searches.map(search => compileSearch(search, names))
  const counts = Object.fromEntries(params.searches.map(({ label }) => [label, 0]))
  const kinds = new Set<FileSystemKind>([
    ...(params.remote ? (['network'] as const) : []),
    ...(params.pseudo ? (['pseudo'] as const) : [])
  ])
  const asked = params.searches.every(({ maxDepth }) => maxDepth !== undefined)
  const walk = new Walk({
    root: host.root,
    signal: host.signal,
    entries: host.limits.entries,
    depth: asked ? Math.max(...params.searches.map(({ maxDepth }) => maxDepth!)) : LIMITS.walkDepth,
    depthAsked: asked,
    crossDevices: params.crossDevices === true,
    kinds
  })
  const budget = { left: host.limits.readBytes }
  let limit: ErrorCode | undefined
  let rows = 0
  try {
    for (const start of startsOf(searches))
      for await (const found of walk.below(start)) {
        const open = searches.filter(
          search => counts[search.search.label]! < (search.search.matchLimit ?? Number.MAX_SAFE_INTEGER)
        )
        if (open.length === 0) break
        for (const row of await judge(found, open, walk, budget, names)) {
          if (rows >= host.limits.rows) throw new GumshoeError('limit-rows', 'The row limit is reached.')
          rows++
          counts[row['search'] as string]!++
          yield row
        }
      }
  } catch (error) {
    limit = codeOf(error)
    if (!limit.startsWith('limit-')) throw error
  }
  const { seen, unreadable, skipped, errors } = walk.count
  const told = Math.min(...params.searches.map(({ errorLimit }) => errorLimit ?? 256))
  return {
    found: rows > 0,
    coverage: { seen, unreadable, skipped },
    counts,
    errors: Object.fromEntries(Object.entries(errors).slice(0, told)),
    ...(limit && { limit })
  }
}

/** Starts that lie below no other one, so that a file is walked once for all searches. */
const startsOf = (searches: readonly CompiledSearch[]): Buffer[] => {
  const all = [
    ...new Map(
      searches.flatMap(({ starts }) => starts).map(start => [start.toString('latin1'), start])
    ).values()
  ]
  // A path that is a link may lead elsewhere than its place says, so only exact doubles are dropped; the walk visits a directory once.
  return all.sort((a, b) => a.length - b.length)
}

/** Rows of one file for the searches that it may concern: cheap checks first, then one read for all. */
const judge = async (
  found: WalkedFile,
  searches: readonly CompiledSearch[],
  walk: Walk,
  budget: { left: number },
  names: ReturnType<typeof namesOf>
): Promise<Row[]> => {
  const meta = { name: found.name, status: found.status }
  const candidates = searches.filter(candidate => {
    const depth = depthBelow(candidate.starts, found.path)
    if (
      depth === undefined ||
      depth > (candidate.search.maxDepth ?? LIMITS.walkDepth) ||
      candidate.excludes(found.path)
    )
      return false
    return candidate.search.any || candidate.meta.every(check => check.test(meta) !== check.inverted)
  })
  if (candidates.length === 0) return []
  let scanned: Awaited<ReturnType<typeof scanFile>> | undefined
  if (candidates.some(({ deep, search }) => deep.length > 0 || search.sha256)) {
    try {
      scanned = await scanFile(found.real, candidates, budget)
    } catch (error) {
      if (codeOf(error) === 'limit-bytes' && budget.left <= 0) throw error
      // A file that vanished is none; any other that can't be read stays open, so that a `no` becomes `partial`.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        walk.count.unreadable++
        walk.count.note(reasonOf(error))
      }
    }
  }
  return candidates.flatMap(candidate => {
    if (scanned === undefined && candidate.deep.length > 0 && !candidate.search.any) return []
    const holds = [
      ...candidate.meta.filter(check => check.test(meta) !== check.inverted),
      ...(scanned ? candidate.deep.filter(check => scanned.match(check) !== check.inverted) : [])
    ]
    const row = rowOf(found, candidate.search, scanned?.digest('sha256'), names)
    if (candidate.search.any) return holds.map(check => ({ ...row, check: check.label }))
    return holds.length === candidate.meta.length + candidate.deep.length ? [row] : []
  })
}

const rowOf = (
  { path, status }: WalkedFile,
  search: Search,
  sha256: string | undefined,
  names: ReturnType<typeof namesOf>
): Row => ({
  search: search.label,
  path: new Uint8Array(path),
  size: status.size,
  mode: modeText(status.mode),
  mtime: Math.floor(status.mtimeMs),
  ctime: Math.floor(status.ctimeMs),
  owner: names.user(status.uid),
  group: names.group(status.gid),
  ...(search.sha256 && sha256 !== undefined && { sha256 })
})

const short = (hex: string): string => `${hex.slice(0, 4)}…${hex.slice(-2)}`

const saySearch = (search: Search): string => {
  const words = [
    ...(search.names ?? []).map(name =>
      name.startsWith('!') ? `not named ${name.slice(1)}` : `named ${name}`
    ),
    ...(search.globs ?? []).map(glob => `named ${glob}`),
    ...(search.sizes ?? []).map(({ from, to }) => `of ${from ?? 0} to ${to ?? 'any number of'} bytes`),
    ...(search.modes ?? []).map(mode => `with mode ${mode}`),
    ...(search.mtimes ?? []).map(() => 'modified in the given time'),
    ...(search.owners ?? []).map(owner => `owned by ${owner}`),
    ...(search.setuid ? ['with setuid or setgid'] : []),
    ...(search.contents ?? []).map(content => `with a line ${content}`),
    ...(search.bytes ?? []).map(hex => `with the bytes ${hex.slice(0, 16)}`),
    ...(['md5', 'sha1', 'sha2', 'sha3'] as const).flatMap(family =>
      (search[family] ?? []).map(hex => `with ${family} ${short(hex)}`)
    )
  ]
  const mismatch = search.mismatch ? ` (inverted: ${search.mismatch.join(', ')})` : ''
  return `under ${search.paths.join(', ')}: files ${words.length > 0 ? words.join(search.any ? ' or ' : ' and ') : 'of any kind'}${mismatch}. Changes nothing`
}

const literalsOf = (search: Search): string[] => [
  ...search.paths,
  ...(search.names ?? []).map(name => name.replace(/^[!^]+|\$$/g, '').replaceAll('\\.', '.')),
  ...(search.owners ?? []),
  ...(search.groups ?? []),
  ...(search.sha2 ?? [])
]
