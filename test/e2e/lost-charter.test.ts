import { test } from 'node:test'
import type { SyncPort } from '../../src/mesh/sync/ports.ts'
import { Lab } from '../support/lab.ts'
import { eventually } from '../support/members.ts'

/** A charter that no gossip brings is obeyed by connected hosts within the promised minute all the same. */
const WITHIN_MS = 60_000

test('a host takes a charter that only the hello of its node tells of', { timeout: 120_000 }, async t => {
  const lab = await Lab.make(t)
  const { chain } = lab.trust
  // This node has the newest charter, and never gossips one.
  const silent = (port: SyncPort): SyncPort => ({
    ...port,
    hello: () => ({ charterVersion: chain.current.charter.version, charterId: chain.current.id }),
    charters: async (_, above) => chain.envelopes(above)
  })
  await lab.startHub('north', silent)
  await lab.startHub('south')
  const host = await lab.startHost('web-01', {})
  const events = (what: string) => host.records().filter(event => event['what'] === what)
  await eventually('the host is connected', () => host.mesh.members().length === 2)
  // What it catches up with at first is past.
  await new Promise(done => setTimeout(done, 3_000))
  await lab.trust.advance({ note: 'lost' })
  await eventually('the host has taken it', () => events('charter').length === 1, WITHIN_MS)
})
