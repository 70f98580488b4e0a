import { moment, not, plainName, range, short } from '../files/say-search.ts'
import type { ProcessParams } from './process-params.ts'

const FAMILIES = ['md5', 'sha1', 'sha2', 'sha3'] as const

/** A question about processes in words, for the preview: `processes named ^sshd$ of user root`. */
export const sayProcess = (params: ProcessParams): string => {
  const words = [
    ...(params.names ?? []).map(value => not(value, 'named')),
    ...(params.paths ?? []).map(value => not(value, 'running the file')),
    ...(params.cmdlines ?? []).map(value => not(value, 'with the command line')),
    ...(params.users ?? []).map(value => `of user ${value}`),
    ...(params.parents ?? []).map(value => not(value, 'whose parent is')),
    ...(params.started ?? []).map(value => `started ${range(value, moment, ['since', 'before'])}`),
    ...FAMILIES.flatMap(family =>
      (params[family] ?? []).map(value => `whose executable has ${family} ${short(value)}`)
    ),
    ...(params.deleted ? ['whose executable is deleted'] : []),
    ...(params.libraries ?? []).map(value => not(value, 'with the library')),
    ...(params.files ?? []).map(value => not(value, 'with the open file')),
    ...(params.sockets ?? []).map(value => not(value, 'with the socket'))
  ]
  const tree = params.tree ? ', with all above and below them' : ''
  return `processes ${words.join(' and ')}${tree}. Changes nothing.`
}

/** What a question names outright: the console may resolve commitments to these. */
export const processLiterals = (params: ProcessParams): string[] => [
  ...new Set([
    ...[params.names, params.paths, params.cmdlines, params.libraries, params.files, params.sockets].flatMap(
      values => (values ?? []).flatMap(value => plainName(value) ?? [])
    ),
    ...(params.users ?? []),
    ...FAMILIES.flatMap(family => params[family] ?? [])
  ])
]
