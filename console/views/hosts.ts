import type { Output } from '../../src/cli/out.ts'
import { inState, type Result, STATES } from './result.ts'

/** Every host of a result in one line each, by state: the sets in full. */
export const showHosts = (result: Result, output: Output): void => {
  const rows = STATES.flatMap(state =>
    inState(result, state)
      .map(host => ({ host, name: result.name(host.peer) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ host, name }) => [
        name,
        host.state,
        host.verdict ?? '',
        host.code ?? '',
        host.late ? 'late' : '',
        host.coverage ? host.coverage.seen.toLocaleString('en') : '',
        host.coverage ? String(host.coverage.unreadable) : '',
        host.coverage ? String(host.coverage.skipped) : '',
        result.isHere(host.peer) ? 'connected' : 'away',
        host.peer.slice(-8)
      ])
  )
  const heads = ['host', 'state', 'verdict', 'code', 'late', 'seen', 'unreadable', 'skipped', 'now', 'id']
  output.table(heads, rows)
}
