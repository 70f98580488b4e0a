import { test } from 'node:test'
import type { SyncPort } from '../../src/mesh/sync/ports.ts'
import { Lab } from '../support/lab.ts'
import { eventually } from '../support/members.ts'

/** A charter that no gossip brings is obeyed by connected hosts within the promised minute all the same. */
const WITHIN_MS = 60_000

test('a host takes a charter that only the hello of its node tells of', { timeout: 300_000 }, async t => {
  const lab = await Lab.make(t, ['north'])
  const { chain } = lab.trust
  let caughtUp = false
  // This node has the newest charter, and never gossips one.
  const silent = (port: SyncPort): SyncPort => ({
    ...port,
    hello: () => ({ charterVersion: chain.current.charter.version, charterId: chain.current.id }),
    charters: async (_, above) => chain.envelopes(above),
    open: async (...asked) => {
      caughtUp = true
      return port.open(...asked)
    }
  })
  await lab.startHub('north', silent)
  const host = await lab.startHost('web-01', {})
  const events = (what: string) => host.records().filter(event => event['what'] === what)
  await eventually('it has asked for what it missed, charters first', () => caughtUp, 30_000)
  await lab.trust.advance({ note: 'lost' })
  await eventually('the host has taken it', () => events('charter').length === 1, WITHIN_MS)
})
