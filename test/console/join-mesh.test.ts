import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AdminContext } from '../../console/admin/context.ts'
import { requireChain } from '../../console/admin/mesh-home.ts'
import { takeNewer, takeUp } from '../../console/join-mesh.ts'
import type { SyncClient } from '../../src/mesh/sync/ports.ts'
import { CharterChain } from '../../src/trust/charter-chain.ts'
import { testDirectory } from '../support/directory.ts'
import { makeTestMesh, NOW, type TestMesh, testClock } from '../support/mesh.ts'

/** A mesh at version 7, and a console that holds the first. */
const behind = async () => {
  const mesh = await makeTestMesh()
  const first = await CharterChain.open(mesh.chain.envelopes().slice(0, 1), NOW)
  while (mesh.charter.version < 7) await mesh.advance({ note: `after ${mesh.charter.version}` })
  return { mesh, chain: first }
}

/** A node with these charters, as many in a reply as fit its frame; it notes above which versions it was asked. */
const node = (mesh: TestMesh, atOnce: number, charterVersion = mesh.charter.version) => {
  const asked: number[] = []
  const client = {
    hello: async () => ({ charterVersion, charterId: mesh.chain.current.id }),
    charters: async (above: number) => {
      asked.push(above)
      return mesh.chain.envelopes(above).slice(0, atOnce)
    }
  } as unknown as SyncClient
  return { client, asked }
}

test('a reply that was cut to a frame is asked for again until nothing newer comes', async () => {
  const { mesh, chain } = await behind()
  const { client, asked } = node(mesh, 2)
  await takeNewer(client, chain, NOW)
  assert.equal(chain.current.id, mesh.chain.current.id)
  assert.deepEqual(asked, [1, 3, 5])
  await takeNewer(client, chain, NOW)
  assert.deepEqual(asked, [1, 3, 5], 'who has all of it does not ask')
})

test('a node that promises more than it gives is not asked for ever', { timeout: 20_000 }, async () => {
  const { mesh, chain } = await behind()
  const { client, asked } = node(mesh, 64, 1_000)
  await takeNewer(client, chain, NOW)
  assert.equal(chain.current.charter.version, 7)
  assert.deepEqual(asked, [1, 7])
})

test('one that lies keeps nobody from what another has; what was taken is in the home', async () => {
  const { mesh, chain } = await behind()
  const home = testDirectory()
  const told: string[] = []
  const context = { home, clock: testClock, tell: line => void told.push(line) } as AdminContext
  const liar = { ...node(mesh, 2).client, charters: async () => [new Uint8Array([1])] }
  const fork = {
    ...node(mesh, 2).client,
    charters: async () => mesh.chain.envelopes(5)
  }
  await takeUp(context, chain, [liar, fork, node(mesh, 2).client] as SyncClient[])
  assert.equal((await requireChain(home, NOW)).current.id, mesh.chain.current.id)
  assert.equal(told.length, 1)
  assert.match(told[0]!, /^A bootstrap node offers a charter that is not taken: /)
})
