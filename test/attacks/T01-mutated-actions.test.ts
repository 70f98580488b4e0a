import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { sha256Hex } from '../../src/codec.ts'
import { encodeEnvelope } from '../../src/documents/envelope.ts'
import { verifyDetached } from '../../src/trust/pgp.ts'
import type { Verify } from '../../src/trust/signers.ts'
import { TestHost } from '../support/host.ts'
import { makePerson, makeTestMesh, type TestMesh } from '../support/mesh.ts'
import { Chance, HOSTS, Mutants } from './mutants.ts'

/**
 * T1, by chance. A member of the mesh sends 200,000 altered actions: bytes, members, signatures, places and times of true
 * ones, and true ones that their signers may not ask or their hosts do not allow. Expected: none runs. GUMSHOE_SEED
 * chooses other mutants and GUMSHOE_MUTANTS sends more; keys are new each time, so a mutant that ran is printed whole.
 */

const COUNT = Number(process.env['GUMSHOE_MUTANTS'] ?? 200_000)
const SEED = Number(process.env['GUMSHOE_SEED'] ?? 20_261_124)
const POOL = 60

/** What only an action that came as far as check 6 is told. */
const SIGNATURES: readonly string[] = [
  'bad-signature',
  'unknown-signer',
  'unsigned',
  'revoked',
  'key-expired'
]
/** What only an action is told whose signatures all hold. */
const POLICY: readonly string[] = ['quorum', 'policy', 'ceiling']

/** Real verification of everything that was not verified before, byte for byte. */
const remembering = (): Verify => {
  const known = new Map<string, ReturnType<Verify>>()
  return (bytes, signature, keys, now) => {
    const name = sha256Hex(encodeEnvelope({ bytes, signatures: [signature] }))
    const verdict = known.get(name) ?? verifyDetached(bytes, signature, keys, now)
    known.set(name, verdict)
    return verdict
  }
}

// Nobody reads where each refusal was thrown; a mutant that runs is told by its bytes.
Error.stackTraceLimit = 0

let mesh: TestMesh
let hosts: TestHost[]
let mutants: Mutants
before(async () => {
  mesh = await makeTestMesh()
  const verify = remembering()
  hosts = HOSTS.map(init => new TestHost(mesh, { ...init, verify }))
  mutants = await Mutants.make(mesh, await makePerson('mallory'), new Chance(SEED), POOL)
})

test(`${COUNT} mutated actions: none runs, and enough of them come deep into the gate`, async t => {
  const told = new Map<string, number>()
  const envelopes = new Set<string>()
  let signatures = 0
  let policy = 0
  for (let i = 0; i < COUNT; i++) {
    const { raw, host: place } = mutants.next()
    const host = hosts[place]!
    const verdict = await host.offer(raw)
    if (verdict.kind === 'accept')
      assert.fail(`Mutant ${i} of seed ${SEED} ran: ${Buffer.from(raw).toString('base64')}`)
    const allHold = verdict.action !== undefined || POLICY.includes(verdict.code)
    if (allHold) policy++
    if (allHold || SIGNATURES.includes(verdict.code)) signatures++
    const said = `${verdict.kind} ${verdict.code}`
    told.set(said, (told.get(said) ?? 0) + 1)
    envelopes.add(sha256Hex(raw).slice(0, 16))
    // What is decided is forgotten, so that each mutant meets a host that never saw it.
    if (verdict.action !== undefined) {
      host.records.clear()
      host.restart()
    }
  }
  assert.deepEqual(
    hosts.flatMap(({ ran }) => ran),
    []
  )
  const percent = (count: number): string => `${((100 * count) / COUNT).toFixed(1)} %`
  for (const [said, count] of [...told].sort(([, a], [, b]) => b - a))
    t.diagnostic(`${said}: ${count} (${percent(count)})`)
  t.diagnostic(`reach the signature check: ${signatures} (${percent(signatures)})`)
  t.diagnostic(`validly signed, reach policy: ${policy} (${percent(policy)})`)
  assert.ok(signatures >= COUNT / 5, `${percent(signatures)} reach the signature check`)
  assert.ok(policy >= COUNT / 20, `${percent(policy)} are validly signed and reach policy`)
  assert.ok(envelopes.size > 0.9 * COUNT, `only ${envelopes.size} different envelopes`)
})

test('the pool itself is sound: what is allowed runs on a host that allows it', async () => {
  const host = new TestHost(mesh)
  const { raw } = await mesh.signAction({ target: 'role=web' }, 'joe')
  assert.equal(await host.say(raw), 'accept')
})
