import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { nextCharter, person } from '../../console/admin/charter-draft.ts'
import { requireChain, saveChain } from '../../console/admin/mesh-home.ts'
import { signWith } from '../../console/admin/standing.ts'
import { findKey, openKey } from '../../console/keys/store.ts'
import { systemClock } from '../../src/clock.ts'
import { encodeEnvelope } from '../../src/documents/envelope.ts'
import { write } from '../../src/documents/write.ts'
import { LIMITS } from '../../src/limits.ts'
import { makeKey } from '../../src/trust/pgp.ts'
import { HOSTNAME, makeFleet, type TestFleet } from '../support/fleet.ts'
import { eventually } from '../support/members.ts'

/** More charters than one reply and one frame hold, while a node, a host and a person were away: each takes them all, in order. */

const VERSIONS = 80
const PERSONS = 24

let fleet: TestFleet
after(() => fleet?.remove())

const versionsTaken = (name: string): number[] =>
  [
    ...readFileSync(join(fleet.fleet.directory, `${name}.log`), 'utf8').matchAll(
      /"version":(\d+),"event":"charter-taken"/g
    )
  ].map(([, version]) => Number(version))

/** Signs version after version, as an admin would within some years. Returns their bytes together. */
const signMany = async (home: string): Promise<number> => {
  const chain = await requireChain(home, systemClock.now())
  const key = await findKey(home)
  const holder = await openKey(home, key, async () => undefined, systemClock)
  const readers = await Promise.all(
    Array.from({ length: PERSONS }, async (_, i) => {
      const name = `reader-${String(i).padStart(2, '0')}`
      return person(name, [await makeKey(name, { now: systemClock.now() })], 0, ['reader'])
    })
  )
  let bytes = 0
  while (chain.current.charter.version < VERSIONS) {
    const { charter, version } = { ...chain.current, version: chain.current.charter.version }
    const now = systemClock.now()
    const change = {
      note: `version ${version + 1}`,
      ...(version === 1 && { persons: [...charter.persons, ...readers] })
    }
    const draft = encodeEnvelope({
      bytes: write(nextCharter(chain.current, change, { now })),
      signatures: []
    })
    const envelope = await signWith(draft, holder, key, now)
    assert.equal(await chain.accept(envelope, now), 'taken')
    bytes += envelope.length
  }
  saveChain(home, chain)
  return bytes
}

test('who was away takes more charters than a frame holds, one after the other', {
  timeout: 300_000
}, async t => {
  fleet = await makeFleet(2)
  const [there, away] = fleet.hosts as [(typeof fleet.hosts)[0], (typeof fleet.hosts)[0]]
  await eventually('both are known', async () => (await fleet.ask('agents')).length === 2, 30_000)
  for (const name of [away.name, 'b2']) await fleet.fleet.kill(name)

  const bytes = await signMany(fleet.anna)
  assert.ok(bytes > LIMITS.frameBytes, `only ${bytes} bytes`)
  await fleet.stage.quietly('gumshoe', ['mesh', 'push', '--home', fleet.anna])
  const all = Array.from({ length: VERSIONS - 1 }, (_, i) => i + 2)
  await eventually(
    'the host that was there has them',
    () => versionsTaken(there.name).length === all.length,
    60_000
  )

  const began = performance.now()
  await Promise.all([fleet.startNode('b2'), fleet.startHost(away)])
  for (const name of ['b2', away.name])
    await eventually(`${name} has them`, () => versionsTaken(name).length === all.length, 60_000)
  t.diagnostic(
    `${all.length} versions, ${bytes} bytes: taken after ${Math.round(performance.now() - began)} ms`
  )
  for (const name of ['b1', 'b2', there.name, away.name]) assert.deepEqual(versionsTaken(name), all, name)

  const asked = await fleet.ask(...HOSTNAME, '-t', 'all', '--wait', '20s')
  const states = asked.filter(({ type }) => type === 'host').map(({ state }) => state)
  assert.deepEqual(states, ['done', 'done'])
  const { charter } = (await requireChain(fleet.julien, systemClock.now())).current
  assert.equal(charter.version, VERSIONS, 'a console of version 1 has not taken all of them')
})
