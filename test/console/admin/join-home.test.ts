import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { AdminContext } from '../../../console/admin/context.ts'
import { joinHome } from '../../../console/admin/join-home.ts'
import { keepSecretKey } from '../../../console/keys/store.ts'
import type { SecretKey } from '../../../src/trust/pgp.ts'
import { testDirectory } from '../../support/directory.ts'
import { makePerson, makeTestMesh, type TestMesh, testClock } from '../../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

/** What a person with these keys is told. */
const joined = async (...keys: SecretKey[]) => {
  const home = testDirectory()
  for (const key of keys) keepSecretKey(home, key)
  const [said, told]: [string[], string[]] = [[], []]
  const context = {
    home,
    clock: testClock,
    say: line => void said.push(line),
    tell: line => void told.push(line)
  } as AdminContext
  await joinHome(context, mesh.chain.envelopes())
  return { said, told }
}

test('the id goes to standard output as it is, and to the person in groups of four', async () => {
  const { said, told } = await joined(mesh.who('julien').key)
  assert.deepEqual(said, [mesh.mesh])
  assert.match(told.at(-1)!, /by voice: ([0-9a-f]{4} ){15}[0-9a-f]{4}$/)
  assert.equal(told.at(-1)!.replace(/.*: /, '').replaceAll(' ', ''), mesh.mesh)
  assert.ok(!told.some(line => line.includes('WARNING')))
})

test('a home whose key the charter does not name, or that has none, is warned', async () => {
  const { key } = await makePerson('stranger')
  const named = (await joined(key)).told.filter(line => line.startsWith('WARNING'))
  assert.equal(named.length, 1)
  assert.match(named[0]!, /does not name the key of this home/)
  assert.ok(named[0]!.includes(key.fingerprint.toUpperCase()))
  assert.match((await joined()).told.join('\n'), /^WARNING: this home has no key yet/m)
  const both = await joined(key, mesh.who('julien').key)
  assert.ok(!both.told.some(line => line.includes('WARNING')), 'one that counts is enough')
})
