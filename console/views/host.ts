import type { Output } from '../../src/cli/out.ts'
import { safeText } from '../../src/cli/safe-text.ts'
import { GumshoeError } from '../../src/errors.ts'
import { type Result, showResult } from './result.ts'

/** Everything about one host of a result: its state, coverage, errors, rows. Throws `not-found`. */
export const showHost = (result: Result, named: string, output: Output): void => {
  const host = result.tally.hosts.find(
    ({ peer }) => peer === named || result.name(peer) === named || (named.length >= 6 && peer.endsWith(named))
  )
  if (host === undefined)
    throw new GumshoeError(
      'not-found',
      `No host ${named} was targeted by ${result.short}, and none answered.`
    )
  const answers = result.case.file.answers().filter(({ peer }) => peer === host.peer)
  const errors = answers.flatMap(({ body }) => Object.entries(body.errors ?? {}))
  if (!output.json) {
    output.line(
      `${result.short} on ${result.name(host.peer)}   ${host.state}${host.code ? ` (${host.code})` : ''}${host.verdict ? `   verdict ${host.verdict}` : ''}${host.late ? '   late' : ''}`
    )
    output.line(`id       ${host.peer}`)
    if (host.coverage)
      output.line(
        `coverage ${host.coverage.seen} seen, ${host.coverage.unreadable} unreadable, ${host.coverage.skipped} skipped`
      )
    if (errors.length > 0)
      output.line(`errors   ${errors.map(([code, count]) => `${code} ${count}`).join(', ')}`)
    if (host.message) output.line(`message  ${safeText(host.message)}`)
  }
  const only = new Set([host.peer])
  const values = result.values.filter(({ peers }) => peers.some(peer => only.has(peer)))
  const mine = { ...result, values, tally: { ...result.tally, hosts: [host] } }
  if (output.json || values.length > 0) showResult(mine, output)
}
