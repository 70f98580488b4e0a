import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { presentOn } from '../../../console/answers/present.ts'
import { GumshoeError } from '../../../src/errors.ts'
import type { PresentReply } from '../../../src/mesh/sync/ports.ts'
import { testClient } from '../../support/agent-parts.ts'
import { makeTestMesh, type TestMesh } from '../../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

const there = (...peers: string[]): PresentReply => ({ peers, whole: true })

/** What is said of `a` where the first nodes of the charter say this; undefined: one that fails. */
const says = async (...replies: (PresentReply | undefined)[]): Promise<boolean | undefined> => {
  const clients = replies.map((reply, i) =>
    testClient(mesh.nodes[i]!.peer, {
      present: async () => {
        if (reply === undefined) throw new GumshoeError('protocol', 'It does not know the verb.')
        return reply
      }
    })
  )
  return (await presentOn({ nodes: async () => clients, chain: mesh.chain }))('a')
}

test('a host is away when all nodes say so, and as long as one does not, nobody knows', async () => {
  assert.equal(mesh.nodes.length, 2)
  assert.equal(await says(there('a', 'b'), there()), true)
  assert.equal(await says(there('b'), there('c')), false)
  assert.equal(await says(there('b')), undefined, 'one was not reached')
  assert.equal(await says(there('b'), undefined), undefined, 'one is older')
  assert.equal(await says(there('b'), { peers: [], whole: false }), undefined, 'one has told of a part')
  assert.equal(await says(), undefined)
})
