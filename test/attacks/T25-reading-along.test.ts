import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { defaultPolicy } from '../../console/admin/default-policy.ts'
import { sha256Hex } from '../../src/codec.ts'
import type { Operation } from '../../src/documents/action.ts'
import type { Policy } from '../../src/documents/charter.ts'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { LIMITS } from '../../src/limits.ts'
import { contentChecksOf } from '../../src/modules/content-checks.ts'
import { MODULES } from '../../src/modules/index.ts'
import { compileRules } from '../../src/modules/lib/yara/yara-compile.ts'
import { countRules } from '../../src/modules/lib/yara/yara-rules.ts'
import { moduleId } from '../../src/modules/spec.ts'
import { forwardable } from '../../src/trust/gate.ts'
import type { GateModule } from '../../src/trust/gate-context.ts'
import { gateModule } from '../../src/trust/policy.ts'
import { Seen } from '../../src/trust/seen.ts'
import { TestHost } from '../support/host.ts'
import { makeTestMesh, NOW, type TestMesh } from '../support/mesh.ts'

/**
 * One investigator of ordinary weight reads a host's secrets along: each check about contents tells a bit, and a question
 * holds thousands of them. Expected: many checks take the quorum of sensitive modules, however they are packed; few checks,
 * again and again, end with the day's rate. It slows him down and leaves a signed trace; it does not stop him.
 */

const GATE_MODULES: ReadonlyMap<string, GateModule> = new Map(
  MODULES.map(spec => [moduleId(spec), gateModule(spec)])
)
const rule = (i: number) => `rule r${i} { condition: uint8(${i >> 3}) & ${1 << (i & 7)} != 0 }`
const rules = (n: number) => Array.from({ length: n }, (_, i) => rule(i)).join('\n')
const where = { paths: ['/etc/shadow'] }
const op = (module: string, params: Record<string, unknown>, i = 0): Operation => ({
  id: `o${i}`,
  module,
  params
})
const yara = (text: string, i = 0) => op('yara/1', { rules: [text], where }, i)
const contents = (n: number, i = 0) =>
  op(
    'file/1',
    { searches: [{ label: 's', paths: ['/etc/shadow'], contents: Array(n).fill('^root:.a'), any: true }] },
    i
  )
const MOST = LIMITS.contentChecks

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh({ policy: defaultPolicy(MODULES) })
})

/** What a host and what any other node say of it. */
const says = async (operations: Operation[], names: string[], host = newHost(), on = mesh) => {
  const { raw } = await on.signAction({ operations }, ...names)
  const verdict = await forwardable(raw, {
    now: NOW,
    chain: on.chain,
    seen: new Seen(),
    contentChecks: contentChecksOf
  })
  const said = await host.say(raw, { contentChecks: contentChecksOf })
  if (verdict.kind !== 'accept') assert.equal(said, `${verdict.kind} ${verdict.code}`)
  return said
}
const newHost = (on = mesh) => new TestHost(on, { modules: GATE_MODULES })

/** Questions that read along, by every module that looks into contents, and packed in every way. */
const READING: Record<string, Operation[]> = {
  'rules of one text': [yara(rules(1_000))],
  'one rule too many': [yara(rules(MOST + 1))],
  'rules of several texts': [op('yara/1', { rules: [rules(40), rules(40)], where })],
  'rules of several operations': [yara(rules(33), 0), yara(rules(32), 1)],
  'one operation of each module': [yara(rules(60), 0), contents(5, 1)],
  'an attachment, however short it says that it is': [
    op('yara/1', { rules: [{ attachment: sha256Hex(new Uint8Array(1)), bytes: 1 }], where })
  ],
  'expressions of file': [contents(MOST + 1)],
  'expressions of many searches': [
    op('file/1', {
      searches: Array.from({ length: 33 }, (_, i) => ({
        label: `s${i}`,
        paths: ['/etc/shadow'],
        contents: ['a'],
        bytes: ['ff']
      }))
    })
  ],
  'patterns of log': [
    ...[0, 1].map(n =>
      op(
        'log/1',
        {
          sources: ['text'],
          patterns: Array.from({ length: 33 }, (_, i) => ({ label: `p${i}`, pattern: 'a' }))
        },
        n
      )
    )
  ],
  'tests of a policy': [
    op('policy/1', {
      only: ['true'],
      document: {
        objects: [{ object: 'shadow', hasline: { path: '/etc', file: '^shadow$', expression: '^root' } }],
        tests: Array.from({ length: MOST + 1 }, (_, i) => ({ test: `t${i}`, object: 'shadow' }))
      }
    })
  ]
}

for (const [how, operations] of Object.entries(READING))
  test(`${how}: not for one person of ordinary weight, but for the quorum of sensitive modules`, async () => {
    assert.equal(await says(operations, ['joe']), 'ignore quorum')
    assert.equal(await says(operations, ['sonia']), 'accept')
  })

test('what a search for a threat takes is asked alone', async () => {
  for (const operations of [
    [yara(rules(MOST))],
    [contents(MOST)],
    [yara(rules(30), 0), contents(30, 1)],
    // Values that are guessed as a whole, and what is no content.
    [op('file/1', { searches: [{ label: 's', paths: ['/'], sha2: Array(200).fill('a'.repeat(64)) }] })],
    [op('process/1', { names: Array(200).fill('a') })]
  ])
    assert.equal(await says(operations, ['joe']), 'accept')
})

test('rules are not hidden from who counts them by what only looks like a comment or a text', async () => {
  const many = Array.from({ length: MOST + 1 }, (_, i) => i)
  for (const text of [
    many.map(i => `rule/**/r${i}/**/{condition:true}`).join(''),
    many.map(i => `rule // rule\n r${i} : t{condition:true}`).join(''),
    many.map(i => `private rule\u2003r${i}\t{ condition: true }`).join('\r'),
    many.map(i => `rule r${i} { strings: $a = "/*" condition: $a } // */`).join('\n'),
    many.map(i => `rule r${i} { strings: $a = /"/ condition: $a } rule s${i} { condition: true }`).join('\n')
  ]) {
    compileRules([text])
    assert.equal(await says([yara(text)], ['joe']), 'ignore quorum', text.slice(0, 60))
  }
})

test('never fewer rules are counted than an engine compiles', () => {
  const space = fc.constantFrom(' ', '\n', '\t', '\u00a0', '/* rule x { */', '// rule y {\n', ' /**/ ')
  const kind = fc.constantFrom('', 'private ', 'global ')
  const between = fc.constantFrom('', ' ', '\n', '//\n')
  const pieces = fc.array(fc.tuple(kind, space, between, space), { minLength: 1, maxLength: 12 })
  const property = fc.property(pieces, between, (all, apart) => {
    const text = all
      .map(([of, gap, after, inside], i) => `${of}rule${gap}r${i}${after}{${inside}condition:${inside}true}`)
      .join(apart)
    const { rules: compiled } = compileRules([text], undefined, false)
    assert.ok(countRules(text) >= compiled.scan(Buffer.from('x')).length, text)
  })
  fc.assert(property, { numRuns: 60 })
})

test('what nobody can read counts nothing, and runs nowhere', async () => {
  assert.equal(contentChecksOf([op('yara/1', { rules: 'x' }), op('nosuch/1', {})]), 0)
  assert.equal(
    await says([op('yara/1', { rules: [rules(1_000)], where, also: 1 })], ['joe']),
    'refuse bad-params'
  )
})

test('a copy with one of two signatures does not shadow the whole question', async () => {
  const two = await makeTestMesh({
    policy: defaultPolicy(MODULES),
    persons: { anna: [0, 'admin'], bert: [0, 'admin'], julien: [1, 'investigator'], joe: [1, 'investigator'] }
  })
  const { raw } = await two.signAction({ operations: [yara(rules(1_000))] }, 'julien', 'joe')
  const { bytes, signatures } = decodeEnvelope(raw)
  const host = newHost(two)
  const context = { contentChecks: contentChecksOf }
  for (const one of signatures)
    assert.equal(await host.say(encodeEnvelope({ bytes, signatures: [one] }), context), 'ignore quorum')
  assert.deepEqual([host.forwarded, host.records.size], [0, 0])
  assert.equal(await host.say(raw, context), 'accept')
})

test('a charter that rates yara otherwise has said so', async () => {
  const policy: Policy = {
    ...defaultPolicy(MODULES),
    modules: defaultPolicy(MODULES).modules.map(one =>
      one.module === 'yara/1' ? { ...one, risk: 'sensitive' } : one
    )
  }
  const trusting = await makeTestMesh({ policy })
  assert.equal(await says([yara(rules(1_000))], ['joe'], newHost(trusting), trusting), 'accept')
})
