import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Charter } from '../../../src/documents/charter.ts'
import { decodeEnvelope } from '../../../src/documents/envelope.ts'
import { read } from '../../../src/documents/read.ts'
import { LIMITS } from '../../../src/limits.ts'
import { signersOf } from '../../../src/trust/signers.ts'
import { mayLearn, stillReaches } from '../../../src/trust/still.ts'
import { makeTestMesh, NOW } from '../../support/mesh.ts'

/** What was accepted waits its turn; what was revoked in the meantime counts no more, and a condition tells no more than its asker could ask. */
const mesh = await makeTestMesh()
const { charter } = mesh.chain.current

const signed = async (...names: string[]) => {
  const { raw } = await mesh.signAction({}, ...names)
  const { persons } = await signersOf(decodeEnvelope(raw), charter, NOW)
  return { action: read(decodeEnvelope(raw).bytes, 'gumshoe/action/1'), signers: persons }
}

const revoking = (name: string): Charter => ({ ...charter, revoked: { ...charter.revoked, persons: [name] } })

test('an operation may begin while its signers are in force, and not when they are revoked', async () => {
  const accepted = await signed('joe')
  const [operation] = accepted.action.operations
  assert.equal(stillReaches(accepted, operation!, charter, 1), true)
  assert.equal(stillReaches(accepted, operation!, revoking('julien'), 1), true)
  assert.equal(stillReaches(accepted, operation!, revoking('joe'), 1), false)
})

test('many checks about contents take then what they took when it was asked', async () => {
  const accepted = await signed('joe')
  const [operation] = accepted.action.operations
  assert.equal(stillReaches(accepted, operation!, charter, LIMITS.contentChecks), true)
  assert.equal(stillReaches(accepted, operation!, charter, LIMITS.contentChecks + 1), false)
  const both = await signed('joe', 'julien')
  assert.equal(stillReaches(both, operation!, charter, LIMITS.contentChecks + 1), true)
  assert.equal(stillReaches(both, operation!, revoking('julien'), LIMITS.contentChecks + 1), false)
})

test('who could not ask a question can not learn its verdict by a condition', async () => {
  const { action, signers } = await signed('joe')
  assert.equal(mayLearn(signers, action, charter), true)
  const [operation] = action.operations
  const dear: Charter = {
    ...charter,
    policy: {
      ...charter.policy,
      modules: charter.policy.modules.map(rule =>
        rule.module === operation!.module
          ? { ...rule, quorum: { ...rule.quorum, match: { weight: 99, persons: 1, reason: false } } }
          : rule
      )
    }
  }
  assert.equal(mayLearn(signers, action, dear), false)
  assert.equal(
    mayLearn(signers, { ...action, operations: [{ ...operation!, module: 'unlisted/1' }] }, charter),
    false
  )
})
