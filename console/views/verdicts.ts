import type { HostState, Tally } from '../answers/tally.ts'
import { list } from './words.ts'

type Name = (peer: string) => string

const names = (hosts: readonly HostState[], say: (host: HostState) => string): string =>
  list(hosts.map(say).sort())

/** `yes 3 | no 161 | PARTIAL 7 (unreadable 5: web-31…, limit 2: web-09 web-12)`, and what it leaves out. */
export const sayVerdicts = ({ hosts, verdicts: { yes, no, partial } }: Tally, name: Name): string => {
  const answered = hosts.filter(({ state }) => state === 'done' || state === 'limit')
  const of = (is: (host: HostState) => boolean) => answered.filter(is)
  const withCode = (host: HostState) => `${name(host.peer)} (${host.code})`
  const part = (word: string, those: readonly HostState[], say = ({ peer }: HostState) => name(peer)) =>
    those.length === 0 ? [] : [`${word} ${those.length}: ${names(those, say)}`]
  const isPartial = ({ verdict }: HostState) => verdict === 'partial'
  const why = [
    ...part(
      'unreadable',
      of(host => isPartial(host) && host.state === 'done' && host.code !== 'undecided')
    ),
    ...part(
      'limit',
      of(host => isPartial(host) && host.state === 'limit'),
      withCode
    ),
    ...part(
      'condition undecided',
      of(host => isPartial(host) && host.code === 'undecided')
    )
  ]
  const notMet = of(({ state, code }) => state === 'done' && code === 'not-met').length
  // What found something before its limit is a find: only that it may have missed more is told.
  const cut = of(host => host.state === 'limit' && !isPartial(host))
  return [
    `yes ${yes.length} | no ${no.length} | PARTIAL ${partial.length}${why.length > 0 ? ` (${why.join(', ')})` : ''}`,
    ...(notMet > 0 ? [`condition not met ${notMet}`] : []),
    ...part('cut short', cut, withCode)
  ].join(' | ')
}
