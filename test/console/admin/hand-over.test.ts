import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { changeMesh } from '../../../console/admin/change-mesh.ts'
import { revoke } from '../../../console/admin/changes.ts'
import type { AdminContext } from '../../../console/admin/context.ts'
import { createMesh as makeMesh } from '../../../console/admin/create-mesh.ts'
import { handOver, refresh } from '../../../console/admin/hand-over.ts'
import { requireChain } from '../../../console/admin/mesh-home.ts'
import { keepSecretKey } from '../../../console/keys/store.ts'
import { systemClock } from '../../../src/clock.ts'
import { GumshoeError } from '../../../src/errors.ts'
import type { Mesh } from '../../../src/mesh/mesh.ts'
import { createMesh } from '../../../src/mesh/node.ts'
import type { SyncPort } from '../../../src/mesh/sync/ports.ts'
import { CharterChain } from '../../../src/trust/charter-chain.ts'
import { type Identity, makeIdentity } from '../../../src/trust/identity.ts'
import { judgeCard, nodeCard } from '../../../src/trust/membership.ts'
import { makeKey } from '../../../src/trust/pgp.ts'

let directory: string
let node: Mesh
let held: CharterChain
let refuse: GumshoeError | undefined

/** A bootstrap node that keeps charters and nothing else. */
const port = (): SyncPort =>
  ({
    hello: () => ({ charterVersion: held.current.charter.version, charterId: held.current.id }),
    put: async (_: unknown, { envelope }: { envelope: Uint8Array }) => {
      if (refuse) return { refused: refuse.code, message: refuse.message }
      await held.accept(envelope, Date.now())
      return { receipt: new Uint8Array(1) }
    },
    charters: async (_: unknown, above: number) => held.envelopes(above)
  }) as unknown as SyncPort

let asked = 0

const desk = (home: string): AdminContext & { told: string[] } => {
  const told: string[] = []
  const context: AdminContext & { told: string[] } = {
    home,
    clock: systemClock,
    say: () => {},
    tell: line => void told.push(line),
    passphrase: async () => {
      asked++
      return 'secret'
    },
    confirm: async () => true,
    refresh: () => refresh(context),
    publish: charters => handOver(context, charters),
    words: () => undefined,
    told
  }
  return context
}

beforeEach(() => {
  refuse = undefined
  asked = 0
  directory = mkdtempSync(join(tmpdir(), 'gumshoe-hand-'))
})
afterEach(async () => {
  await node.stop()
  rmSync(directory, { recursive: true, force: true })
})

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

const startNode = (identity: Identity, listen: string) =>
  createMesh(
    { role: 'node', seed: identity.seed, mesh: held.mesh, listen: [listen], tags: [] },
    {
      card: nodeCard,
      judge: (card, peer) => judgeCard(card, peer, held, Date.now()),
      judgeGossip: async () => 'ignore',
      hubs: () => new Map(),
      port: port(),
      log: () => {}
    }
  )

/** Anna's lab with the node, which has its first charter. */
const lab = async () => {
  const anna = desk(join(directory, 'anna'))
  const identity = makeIdentity()
  const listen = `/ip4/127.0.0.1/tcp/${await freePort()}`
  keepSecretKey(anna.home, await makeKey('anna', { now: Date.now() - 5_000, passphrase: 'secret' }))
  await makeMesh(anna, {
    name: 'test',
    admins: ['anna=anna'],
    investigators: ['anna=anna'],
    readers: [],
    bootstraps: [`${listen}/p2p/${identity.peer}`],
    topics: [],
    lab: true,
    expires: Date.now() + 86_400_000,
    recovery: join(directory, 'recovery.key'),
    out: join(directory, 'test.charter'),
    modules: []
  })
  held = await CharterChain.open((await requireChain(anna.home, Date.now())).envelopes(), Date.now())
  node = await startNode(identity, listen)
  return anna
}

test('a new version is with the node when the command ends; a second home takes it up from there', async () => {
  const anna = await lab()
  const { peer } = makeIdentity()
  await changeMesh(anna, { change: revoke('agent', peer) })
  assert.equal(asked, 1, 'one passphrase for the first charter, the session and the second charter')
  assert.equal(held.current.charter.version, 2)
  assert.deepEqual(held.current.charter.revoked.peers, [peer])
  // The node is ahead of the home now, as if another admin had been there.
  const elsewhere = desk(join(directory, 'elsewhere'))
  execFileSync('cp', ['-a', anna.home, elsewhere.home])
  await changeMesh(elsewhere, { change: revoke('grant', 'cd'.repeat(32)) })
  assert.equal(held.current.charter.version, 3)
  assert.equal((await requireChain(anna.home, Date.now())).current.charter.version, 2)
  await changeMesh(anna, { change: revoke('agent', makeIdentity().peer) })
  assert.equal(held.current.charter.version, 4)
  assert.equal(held.current.charter.revoked.peers.length, 2)
  // The charter of this lab ends tomorrow: each of the three commands that talked to the mesh would say so.
  assert.equal(anna.told.filter(line => /^The charter ends in 1 day /.test(line)).length, 1)
})

test('what a node refuses comes back with its code; the version stays in the home for mesh push', async () => {
  const anna = await lab()
  refuse = new GumshoeError('disk-full', 'There is no room.')
  await assert.rejects(changeMesh(anna, { change: revoke('grant', 'cd'.repeat(32)) }), { code: 'disk-full' })
  assert.equal(held.current.charter.version, 1)
  refuse = undefined
  await handOver(anna, (await requireChain(anna.home, Date.now())).envelopes())
  assert.equal(held.current.charter.version, 2)
})

test('without a node the admin is told, and nothing is lost', async () => {
  const anna = await lab()
  await node.stop()
  await assert.rejects(changeMesh(anna, { change: revoke('grant', 'cd'.repeat(32)) }), { code: 'unreached' })
  assert.ok(anna.told.some(line => line.includes('No bootstrap node answers')))
  assert.equal((await requireChain(anna.home, Date.now())).current.charter.version, 2)
})
