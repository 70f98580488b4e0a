import { count } from '../../src/cli/count.ts'
import type { Output } from '../../src/cli/out.ts'
import { safeText } from '../../src/cli/safe-text.ts'
import { fold } from '../../src/cli/table.ts'
import type { ChainFinding, ChainView } from '../../src/documents/chain.ts'
import { GumshoeError } from '../../src/errors.ts'
import { stack } from '../answers/stack.ts'
import type { HostState } from '../answers/tally.ts'
import type { Result } from './result.ts'
import { recordResult } from './result-json.ts'
import { showValues } from './result-screen.ts'

/** The host of a result that was named: by name, peer id or the end of one. Throws `not-found` where it is none, or several. */
export const hostNamed = (result: Result, named: string): HostState => {
  const { hosts } = result.tally
  // A name that several say stands with the end of each one's id; said alone, it means all of them.
  const isCalled = (peer: string) =>
    [named, `${named}~${peer.slice(-6)}`].includes(result.name(peer)) || peer === named
  const exact = hosts.filter(({ peer }) => isCalled(peer))
  const found =
    exact.length > 0 ? exact : hosts.filter(({ peer }) => named.length >= 6 && peer.endsWith(named))
  if (found.length === 1) return found[0]!
  throw found.length > 1
    ? new GumshoeError('not-found', `${found.length} hosts of ${result.short} are called ${named}.`, {
        fix: `Name one by the end of its id: ${found.map(({ peer }) => peer.slice(-8)).join(', ')}.`
      })
    : new GumshoeError('not-found', `No host ${named} was targeted by ${result.short}, and none answered.`, {
        fix: `gumshoe show ${result.short} --hosts lists them.`
      })
}

/** Everything about one host of a result: its state, coverage, errors, chain, rows. */
export const showHost = (
  result: Result,
  host: HostState,
  chain: ChainView | undefined,
  output: Output
): void => {
  const answers = result.case.file.answers().filter(({ peer }) => peer === host.peer)
  // Its own times: a value of several hosts has those of one of them.
  const own = new Map(stack(answers, result.columns).map(value => [value.key, value]))
  const values = result.values.flatMap(value => {
    const mine = own.get(value.key)
    return mine === undefined ? [] : [{ ...value, row: mine.row, differs: mine.differs }]
  })
  const { yes, no, partial } = result.tally.verdicts
  const only = (peers: readonly string[]) => peers.filter(peer => peer === host.peer)
  const verdicts = { yes: only(yes), no: only(no), partial: only(partial) }
  const mine = { ...result, values, tally: { ...result.tally, hosts: [host], verdicts } }
  if (output.json) {
    recordResult(mine, output)
    return
  }
  const known = result.case.hosts.find(({ peer }) => peer === host.peer)
  const errors = answers.flatMap(({ body }) => Object.entries(body.errors ?? {}))
  const several = result.operations.length > 1
  const counts = answers.flatMap(({ op, body }) =>
    Object.entries(body.counts ?? {}).map(
      ([label, number]) => [several ? `${op}/${label}` : label, number] as const
    )
  )
  const time = answers[0] && new Date(answers[0].time).toISOString().slice(0, 19).replace('T', ' ')
  const lines = [
    [
      `${result.short} on ${result.name(host.peer)}`,
      `${host.state}${host.code ? ` (${host.code})` : ''}`,
      host.verdict && `verdict ${host.verdict}`,
      host.late && 'late',
      time && `answered ${time} UTC by its clock`
    ]
      .filter(Boolean)
      .join('   '),
    `id       ${host.peer}`,
    known && `tags     ${known.tags.join(' ')} (by enrolment)`,
    host.coverage &&
      `coverage ${host.coverage.seen.toLocaleString('en')} seen, ${host.coverage.unreadable} unreadable, ${host.coverage.skipped} skipped`,
    counts.length > 0 &&
      `found    ${counts.map(([label, number]) => `${safeText(label)} ${number}`).join(', ')}`,
    errors.length > 0 &&
      `errors   ${errors.map(([code, number]) => `${safeText(code)} ${number}`).join(', ')}`,
    ...operationLines(result, host.peer),
    host.message && `message  ${safeText(host.message)}`,
    chain && `chain    ${sayChain(chain)}`
  ]
  for (const line of lines) if (line) for (const part of fold(line, output.width)) output.line(part)
  if (values.length > 0) {
    output.line(`${count(values.length, 'value')} on this host, of ${result.values.length} in all:`)
    for (const operation of result.case.action.operations) showValues(mine, operation, output)
  }
}

/** Each operation by itself, where there are several. */
const operationLines = ({ operations }: Result, peer: string): string[] =>
  operations.length < 2
    ? []
    : operations.map(({ id, module, tally }) => {
        const { state = 'silent', verdict, code } = tally.hosts.find(host => host.peer === peer) ?? {}
        const words = [state, code && `(${code})`, verdict && `verdict ${verdict}`].filter(Boolean)
        return `${`${id} ${module.split('/')[0]}`.padEnd(8)} ${words.join(' ')}`
      })

/** What of the host's chain of signed answers is here: a gap is an answer that was withheld, lost or is on its way. */
export const sayChain = ({ completeTo, head, dropped, findings }: ChainView): string => {
  const words = findings.map(sayFinding)
  const gone = dropped.length > 0 ? `, ${dropped.length} dropped by the host itself` : ''
  if (words.length === 0) return `whole, ${count(head, 'answer')}${gone}`
  return `whole to ${completeTo} of ${head}${gone}; ${words.slice(0, 4).join(', ')}`
}

const sayFinding = (finding: ChainFinding): string => {
  switch (finding.type) {
    case 'gap':
      return `GAP ${finding.from}–${finding.to}`
    case 'fork':
      return `FORK at ${finding.seq}: a restored snapshot, a clone or a lie`
    case 'broken':
      return `BROKEN at ${finding.seq}`
    case 'foreign':
      return 'FOREIGN document'
  }
}
