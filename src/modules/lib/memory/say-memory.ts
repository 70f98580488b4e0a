import { LIMITS } from '../../../limits.ts'
import { not, plainName, short } from '../files/say-search.ts'
import type { MemoryParams, MemorySearch } from './memory-params.ts'

/** A question about memory in words, for the preview: `the memory of processes named ^sshd$ for the text hunter2`. */
export const sayMemory = ({ searches, kernel }: MemoryParams): string => {
  const said = searches.map(search => {
    const what = kernel ? 'the kernel’s image and modules' : `the memory of ${whichProcesses(search)}`
    const wanted = wants(search)
    const aim = wanted.length === 0 ? 'that there are any' : wanted.join(search.any ? ' or ' : ' and ')
    return `${what}: ${aim}${asides(search)}`
  })
  return `${said.join('; ')}. Reads only; returns counts and places, never what is there.`
}

export const whichProcesses = (search: MemorySearch): string => {
  const words = [
    ...(search.names ?? []).map(value => not(value, 'named')),
    ...(search.paths ?? []).map(value => not(value, 'running the file')),
    ...(search.cmdlines ?? []).map(value => not(value, 'with the command line')),
    ...(search.users ?? []).map(value => `of user ${value}`),
    ...(search.pids ? [`with the number ${search.pids.join(' or ')}`] : []),
    ...(search.libraries ?? []).map(value => not(value, 'with the library'))
  ]
  return words.length === 0 ? 'every process' : `processes ${words.join(' and ')}`
}

const wants = (search: MemorySearch): string[] => [
  ...(search.texts ?? []).map(value => `the text ${value}`),
  ...(search.bytes ?? []).map(value => `the bytes ${short(value)}`),
  ...(search.contents ?? []).map(value =>
    value.startsWith('!') ? `nothing like ${value.slice(1)}` : `something like ${value}`
  )
]

const asides = ({ offset, maxLength, most, places }: MemorySearch): string =>
  [
    offset === undefined ? '' : `from the address 0x${offset.toString(16)}`,
    maxLength === undefined ? '' : `in ${maxLength} bytes of each`,
    most === undefined ? '' : `counted up to ${most}`,
    places === undefined ? '' : `${Math.min(places, most ?? LIMITS.memoryMatches)} places of each`
  ]
    .filter(Boolean)
    .map(aside => `, ${aside}`)
    .join('')

/** What a question names outright: the console may resolve commitments to these. What is looked for in memory is no value of a row. */
export const memoryLiterals = ({ searches }: MemoryParams): string[] => [
  ...new Set(
    searches.flatMap(({ names, paths, libraries }) =>
      [names, paths, libraries].flatMap(values => (values ?? []).flatMap(value => plainName(value) ?? []))
    )
  )
]
