import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Accepted, assertPermit, mintAccepted, ownHost, type Permit } from '../../../src/trust/permit.ts'
import { SAMPLES } from '../../samples.ts'
import { ROOT } from '../../source-tree.ts'
import { testModule } from '../../support/host.ts'

const accepted = (): Accepted => {
  const action = structuredClone(SAMPLES['gumshoe/action/1'])
  const operations = action.operations.map(operation => ({
    operation,
    limits: { ...testModule.limits.most }
  }))
  return mintAccepted({ id: 'a', envelope: new Uint8Array(1), action, signers: [] }, operations)
}
const NO_LEAVE = { code: 'internal' }

test('what was minted runs the operations that were accepted, and no others', () => {
  const permit = accepted()
  const { operation } = permit.operations[0]!
  assertPermit(permit, operation)
  for (const other of [
    { ...operation, id: 'o2' },
    { ...operation, module: 'kill/1' },
    { ...operation, params: { searches: [] } },
    { ...operation, params: structuredClone(operation.params) }
  ])
    assert.throws(() => assertPermit(permit, other), NO_LEAVE)
})

test('what looks like a permit is none', () => {
  const permit = accepted()
  const { operation } = permit.operations[0]!
  const forged: unknown[] = [
    { ...permit },
    Object.create(permit),
    structuredClone({}),
    {},
    null,
    undefined,
    'accept'
  ]
  for (const claim of forged) assert.throws(() => assertPermit(claim as Permit, operation), NO_LEAVE)
})

test('what was judged can’t be changed afterwards', () => {
  const permit = accepted()
  const { operation, limits } = permit.operations[0]!
  const change = (target: object, name: string) =>
    assert.throws(() => Object.assign(target, { [name]: 'other' }), TypeError)
  change(permit, 'operations')
  change(permit.action, 'target')
  change(operation, 'module')
  change(operation.params, 'paths')
  change((operation.params['searches'] as object[])[0]!, 'label')
  change(limits, 'rows')
  assert.throws(() => (permit.operations as unknown[]).push({}), TypeError)
})

test('in a process that joins a mesh nobody’s own host counts, whenever it was made', () => {
  const script = `
    import { assertPermit, joinedMesh, ownHost } from ${JSON.stringify(join(ROOT, 'src/trust/permit.ts'))}
    const operation = { id: 'o1', module: 'file/1', params: {} }
    const says = act => { try { act(); return 'fine' } catch (error) { return error.code } }
    const early = ownHost()
    const before = says(() => assertPermit(early, operation))
    joinedMesh()
    console.log(before, says(() => assertPermit(early, operation)), says(ownHost))
  `
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  assert.equal(out.trim(), 'fine internal internal')
  assertPermit(ownHost(), { id: 'o1', module: 'file/1', params: {} })
})
