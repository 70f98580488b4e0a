import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { resultOf, statusOf } from '../../../console/views/result.ts'
import { EXIT } from '../../../src/errors.ts'
import { fileRow, knownHost, question, TestCase } from '../../support/case.ts'
import { makeTestMesh, NOW, type TestAgent, type TestMesh } from '../../support/mesh.ts'

let mesh: TestMesh
let agents: TestAgent[]
before(async () => {
  mesh = await makeTestMesh()
  agents = await Promise.all([mesh.enrol(), mesh.enrol()])
})

/** What two hosts say (undefined: nothing) → the exit status, without and with --exit-found. */
const statuses = async (...says: ('yes' | 'no' | 'partial' | undefined)[]): Promise<number[]> => {
  const asked = new TestCase(mesh, question({ path: ['/etc'] }, 'all'))
  const hosts = says.map((_, i) => knownHost(`h${i}`, { peer: agents[i]!.identity.peer, tags: ['role=web'] }))
  const parcels = says.flatMap((verdict, i) =>
    verdict === undefined
      ? []
      : asked.answer(agents[i]!, { verdict, found: verdict === 'yes' ? [fileRow('/etc/x')] : [] })
  )
  const result = resultOf(await asked.open(hosts, parcels), 'a1', {}, NOW)
  return [statusOf(result, false), statusOf(result, true)]
}

test('exit statuses: complete, incomplete, and with --exit-found what was found', async () => {
  const { complete, incomplete, notFound } = EXIT
  assert.deepEqual(await statuses('yes', 'no'), [complete, complete])
  assert.deepEqual(await statuses('no', 'no'), [complete, notFound])
  assert.deepEqual(await statuses('no', 'partial'), [incomplete, incomplete], '3 comes before 10')
  assert.deepEqual(await statuses('no', undefined), [incomplete, incomplete])
  assert.deepEqual(await statuses('yes', undefined), [incomplete, complete])
  assert.deepEqual(await statuses(undefined, undefined), [incomplete, incomplete])
})

test('a host is named as it is known now, as it was known then, or by the end of its id', async () => {
  const asked = new TestCase(mesh, question({ path: ['/etc'] }, 'all'))
  const [one, two] = agents.map(({ identity }) => identity.peer)
  const open = await asked.open([knownHost('now', { peer: one!, tags: [] })], [])
  const { name } = resultOf(open, 'a1', { [one!]: 'then', [two!]: 'old\x1b' }, NOW)
  assert.deepEqual([name(one!), name(two!), name('12D3KooWabcdef')], ['now', 'old\\x1b', 'abcdef'])
})
