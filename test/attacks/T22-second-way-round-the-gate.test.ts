import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findModule } from '../../src/modules/index.ts'
import { run, stand } from '../../src/run/run.ts'
import { type Accepted, assertPermit, type OwnHost, ownHost, type Permit } from '../../src/trust/permit.ts'
import { SAMPLES } from '../samples.ts'
import { sourceFiles, withoutComments } from '../source-tree.ts'
import { testModule } from '../support/host.ts'
import { testMember } from '../support/members.ts'

/**
 * T22. Whoever writes the house, in haste or in bad faith, opens a second way to a module beside the gate. Expected: types,
 * the import rules and the runner itself say no.
 */

const files = sourceFiles().map(({ path, text }) => ({ path, code: withoutComments(text) }))
const saying = (word: RegExp): string[] => files.filter(({ code }) => word.test(code)).map(({ path }) => path)

test('only the gate mints what it accepted', () => {
  assert.deepEqual(saying(/\bmintAccepted\b/), ['src/trust/gate.ts', 'src/trust/permit.ts'])
})

test('only the two local commands mint the leave of the own host', () => {
  const allowed = ['agent/commands/local.ts', 'console/commands/local.ts', 'src/trust/permit.ts']
  assert.deepEqual(
    saying(/\bownHost\b/).filter(path => !allowed.includes(path)),
    []
  )
  assert.ok(saying(/\bownHost\b/).includes('agent/commands/local.ts'))
})

test('only the module child calls a module, only the runner starts the child, only a mesh marks its process', () => {
  assert.deepEqual(saying(/\b(spec|module|mod)\.(run|watch)\(/), ['src/run/child.ts'])
  assert.deepEqual(
    saying(/\bspawnRole\(/).filter(path => !path.startsWith('src/run/')),
    []
  )
  assert.deepEqual(saying(/\bjoinedMesh\b/), ['src/mesh/node.ts', 'src/trust/permit.ts'])
})

test('the runner asks for the permit before anything else', async () => {
  const operation = { id: 'o1', spec: findModule('file/1')!, params: {} }
  const options = {
    get root(): string {
      throw new Error('The runner looked at its options before the permit.')
    },
    asOf: 0,
    limits: testModule.limits.defaults
  }
  const action = SAMPLES['gumshoe/action/1']
  const operations = [
    { operation: { ...action.operations[0]!, id: 'o1', params: {} }, limits: options.limits }
  ]
  const forged = { id: 'a', envelope: new Uint8Array(0), action, signers: [], operations }
  for (const permit of [forged, {}, Object.freeze({}), JSON.parse('{"accepted":true}') as object])
    for (const start of [run, stand] as (typeof run)[])
      await assert.rejects(start(permit as unknown as Permit, operation, options), { code: 'internal' })
})

test('no other value has the type of a permit', () => {
  const action = SAMPLES['gumshoe/action/1']
  // @ts-expect-error What has the form of an accepted action lacks the gate's brand.
  const accepted: Accepted = { id: 'a', envelope: new Uint8Array(0), action, signers: [], operations: [] }
  // @ts-expect-error An object is not the leave of the own host.
  const own: OwnHost = {}
  for (const permit of [accepted, own])
    assert.throws(() => assertPermit(permit, action.operations[0]!), { code: 'internal' })
})

test('a process that starts a member of the mesh has no leave of its own any more', async () => {
  const operation = { id: 'o1', module: 'file/1', params: {} }
  const early = ownHost()
  assertPermit(early, operation)
  const member = await testMember({ role: 'console' })
  try {
    assert.throws(ownHost, { code: 'internal' })
    assert.throws(() => assertPermit(early, operation), { code: 'internal' })
  } finally {
    await member.stop()
  }
})
