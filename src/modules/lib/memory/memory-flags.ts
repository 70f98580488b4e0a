import { sayWrong, wrongIn } from '../../../documents/wrong.ts'
import { GumshoeError } from '../../../errors.ts'
import { LIMITS } from '../../../limits.ts'
import type { Flag } from '../../spec.ts'
import { bytesOf, whole } from '../files/search-flags.ts'
import { compact, many, strings, yes } from '../flags.ts'
import { compileMemory } from './memory-checks.ts'
import { type MemoryParams, memoryParams } from './memory-params.ts'

export const MEMORY_FLAGS: Record<string, Flag> = {
  name: many('Regular expression on the name, of which the kernel keeps 15 bytes; "!re" inverts', 'Which'),
  path: many('Regular expression on the path of the executable; "!re" inverts', 'Which'),
  cmdline: many('Regular expression on the command line; "!re" inverts', 'Which'),
  user: many('User that it acts for, by name or number', 'Which'),
  pid: many('Number of the process; one of them', 'Which'),
  library: many('Regular expression on a file mapped into its memory; "!re": on none', 'Which'),
  kernel: yes('Look into the kernel’s image and modules instead of processes', 'Which'),
  text: many(
    'Text as it stands, in UTF-8, of 3 bytes or more; a process holds its own command line too',
    'What its memory holds'
  ),
  content: many(
    `Regular expression, for matches of up to ${LIMITS.memoryMatchBytes} bytes, without ^ and $; "!re": none matches`,
    'What its memory holds'
  ),
  bytes: many('Bytes in hex, 3 or more', 'What its memory holds'),
  any: yes('Each --text, --content and --bytes by itself, instead of all together', 'How'),
  offset: {
    type: 'string',
    doc: 'Begin at this address of each process, 0x7f0000000000 or in decimal',
    group: 'How'
  },
  'max-length': {
    type: 'number',
    doc: 'Look at so many bytes of each process and no more, of those that it holds',
    group: 'How'
  },
  most: {
    type: 'number',
    doc: `Count so many matches of a check in a process and look no further; ${LIMITS.memoryMatches} otherwise`,
    group: 'How'
  },
  places: {
    type: 'number',
    doc: 'Tell the places of so many of them, a row each; 1 otherwise',
    group: 'How'
  },
  label: { type: 'string', doc: 'Name of the search in the answers', group: 'How' },
  searches: {
    type: 'file',
    doc: 'File with several searches for one pass, as JSON: [{"label": …, "names": […], "contents": […], …}]',
    group: 'How'
  }
}

const FLAG_OF = {
  names: 'name',
  paths: 'path',
  cmdlines: 'cmdline',
  users: 'user',
  pids: 'pid',
  libraries: 'library',
  texts: 'text',
  contents: 'content',
  maxLength: 'max-length'
}

/** Typed flags → parameters. Throws `bad-params` naming the flag and what it wants. */
export const memoryFromFlags = (flags: Record<string, unknown>): MemoryParams => {
  const several = flags['searches'] !== undefined
  const searches = several ? severalSearches(flags) : [oneSearch(flags)]
  const params = checkedByField(compact({ searches, kernel: flags['kernel'] }), several)
  // What is no regular expression is said here, not by a thousand hosts.
  for (const search of params.searches) compileMemory(search, { user: String, group: String })
  return params
}

const checkedByField = (made: unknown, several: boolean): MemoryParams => {
  const result = memoryParams.safeParse(made)
  if (result.success) return result.data
  const wrong = wrongIn(result.error)
  const [, index, field] = wrong.path.map(String)
  const flag = field && (FLAG_OF[field as keyof typeof FLAG_OF] ?? field)
  const place = several
    ? ['--searches', index && `search ${Number(index) + 1}`, field].filter(Boolean).join(', ')
    : flag === undefined
      ? 'The question'
      : `--${flag}`
  throw new GumshoeError('bad-params', sayWrong(place, wrong), { cause: result.error })
}

const oneSearch = (flags: Record<string, unknown>): unknown =>
  compact({
    label: flags['label'] ?? 's1',
    ...Object.fromEntries(
      (['names', 'paths', 'cmdlines', 'users', 'libraries', 'texts', 'contents'] as const).map(field => [
        field,
        strings(flags, FLAG_OF[field])
      ])
    ),
    pids: strings(flags, 'pid')?.map(pidOf),
    bytes: strings(flags, 'bytes')?.map(bytesOf),
    any: flags['any'],
    offset: addressOf(flags['offset']),
    maxLength: whole(flags, 'max-length'),
    most: whole(flags, 'most'),
    places: whole(flags, 'places')
  })

const severalSearches = (flags: Record<string, unknown>): unknown => {
  const both = Object.keys(MEMORY_FLAGS).find(
    name => !['searches', 'kernel'].includes(name) && flags[name] !== undefined && flags[name] !== false
  )
  if (both !== undefined)
    throw new GumshoeError('bad-params', `--${both} does not go with --searches.`, {
      fix: 'Write it into one of the searches.'
    })
  try {
    return JSON.parse(String(flags['searches'])) as unknown
  } catch (cause) {
    throw new GumshoeError('bad-params', '--searches: the file is no JSON.', {
      cause,
      fix: 'See docs/modules/memory.md for an example.'
    })
  }
}

export const pidOf = (value: string): number => {
  if (!/^[1-9]\d{0,9}$/.test(value))
    throw new GumshoeError('bad-params', `--pid ${value}: the number of a process is wanted.`)
  return Number(value)
}

const addressOf = (value: unknown): number | undefined => {
  if (value === undefined) return undefined
  const text = String(value)
  const address = /^(0x[0-9a-fA-F]{1,16}|\d{1,16})$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(address))
    throw new GumshoeError('bad-params', `--offset ${text}: an address is like 0x7f0000000000.`)
  return address
}
