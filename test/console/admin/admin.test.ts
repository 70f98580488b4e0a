import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  adminsInForce,
  checkHouseRules,
  expiryWarnings,
  nextCharter,
  person,
  withPerson
} from '../../../console/admin/charter-draft.ts'
import { parseNode } from '../../../console/admin/create-mesh.ts'
import { defaultPolicy } from '../../../console/admin/default-policy.ts'
import { describeChange, describeCharter, describeGrant, foldRules } from '../../../console/admin/describe.ts'
import { parseDuration } from '../../../console/admin/duration.ts'
import { draftGrant } from '../../../console/admin/grant-draft.ts'
import { openInventory, wrapInventory } from '../../../console/admin/inventory.ts'
import { decodeSaved, encodeSaved, type Saved } from '../../../console/admin/saved.ts'
import { addSignature, charterStanding, grantStanding, personOf } from '../../../console/admin/standing.ts'
import { utf8Bytes } from '../../../src/codec.ts'
import { policySchema } from '../../../src/documents/charter.ts'
import { documentId, encodeEnvelope } from '../../../src/documents/envelope.ts'
import { read } from '../../../src/documents/read.ts'
import { write } from '../../../src/documents/write.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { DAY, makeMesh, NOW, node, sign, someone } from './mesh-maker.ts'

test('the default policy is what design 3 says, and refuses what it does not list', () => {
  const risks = [
    { name: 'b', major: 1, risk: 'respond' },
    { name: 'file', major: 1, risk: 'inspect' },
    { name: 'a', major: 2, risk: 'sensitive' }
  ] as const
  const policy = policySchema.parse(defaultPolicy(risks))
  assert.deepEqual(
    policy.modules.map(({ module }) => module),
    ['a/2', 'b/1', 'file/1']
  )
  const file = policy.modules[2]!
  assert.deepEqual(file.quorum.hashed, { weight: 1, persons: 1, reason: false })
  assert.deepEqual(file.quorum.clear, { weight: 2, persons: 1, reason: true })
  assert.deepEqual(policy.modules[0]!.quorum.clear, { weight: 3, persons: 2, reason: true })
  assert.equal(policy.modules[1]!.ceilingPpm, 50_000)
})

test('a first charter reads back; the inventory opens to each person and to nobody else', async () => {
  const mesh = await makeMesh()
  const charter = read(write(mesh.charter as never), 'gumshoe/charter/1')
  assert.equal(charter.version, 1)
  assert.deepEqual(
    charter.nodes.map(({ name }) => name),
    ['a', 'b']
  )
  for (const { holder } of [mesh.anna, mesh.joe])
    assert.deepEqual(await openInventory(charter, holder), mesh.inventory.privateKey)
  await assert.rejects(openInventory(charter, (await someone('eve')).holder), { code: 'no-key' })
})

test('two admins are the default; one alone, and one key in both roles, only with --lab', async () => {
  const { charter, anna } = await makeMesh()
  const only = (persons: typeof charter.persons, change = {}) =>
    checkHouseRules({ ...charter, persons, ...change })
  const both = person('anna', [anna.key], 2, ['admin', 'investigator'])
  assert.throws(() => only([both]), { code: 'usage' })
  assert.throws(() => only([both], { adminThreshold: 1 }), /two or three admins/)
  only([both], { adminThreshold: 1, lab: true })
  const admins = charter.persons.filter(({ name }) => name !== 'anna')
  assert.throws(() => only([...admins, both]), /one key/)
  assert.throws(() => only([...charter.persons, both]), /two persons named/)
  assert.throws(() => only([...charter.persons, person('ann2', [anna.key], 1, [])]), /belongs to two persons/)
  assert.throws(() => only(charter.persons, { adminThreshold: 1 }), /not more than half/)
  assert.throws(() => only(charter.persons, { adminThreshold: 3 }), /only 2 in force/)
})

test('the next version names the one before; a charter that has ended needs a new end', async () => {
  const { charter, id } = await makeMesh()
  const next = nextCharter({ charter, id }, { note: 'more' }, { now: NOW + DAY })
  assert.deepEqual([next.version, next.previous, next.mesh, next.expires], [2, id, id, charter.expires])
  const third = nextCharter({ charter: next, id: 'cd'.repeat(32) }, {}, { now: NOW, expires: NOW + 2 * DAY })
  assert.deepEqual([third.mesh, third.expires], [id, '2026-11-26T12:00:00Z'])
  assert.throws(() => nextCharter({ charter, id }, {}, { now: NOW + 400 * DAY }), { code: 'charter-expired' })
  const revoked = { ...charter.revoked, persons: ['anna'] }
  assert.throws(() => nextCharter({ charter, id }, { revoked }, { now: NOW }), /only 1 in force/)
})

test('a person gets a key, a role or a weight more', async () => {
  const { charter, joe } = await makeMesh()
  const fresh = await someone('joe')
  const persons = withPerson(charter.persons, { name: 'joe', key: fresh.key, weight: 2, roles: ['reader'] })
  const grown = persons.find(({ name }) => name === 'joe')!
  assert.equal(persons.length, charter.persons.length)
  assert.deepEqual([grown.keys.length, grown.weight, grown.roles], [2, 2, ['investigator', 'reader']])
  assert.equal(personOf({ ...charter, persons }, fresh.key.fingerprint)?.name, 'joe')
  const revoked = { ...charter.revoked, keys: [joe.key.fingerprint] }
  assert.equal(personOf({ ...charter, revoked }, joe.key.fingerprint), undefined)
  const wrapped = await wrapInventory(new Uint8Array(32).fill(8), { persons, revoked }, NOW)
  assert.equal(
    wrapped.wraps.some(({ reader }) => reader === joe.key.fingerprint),
    false
  )
  assert.equal(
    wrapped.wraps.some(({ reader }) => reader === fresh.key.fingerprint),
    true
  )
})

test('a charter says who has signed and who is still wanted', async () => {
  const mesh = await makeMesh()
  const standing = async (raw: Uint8Array) => await charterStanding(raw, undefined, NOW)
  assert.deepEqual(await standing(mesh.envelope), { signed: [], wanting: ['anna', 'paul'], missing: 2 })
  const one = await sign(mesh.envelope, mesh.anna)
  assert.deepEqual(await standing(one), { signed: ['anna'], wanting: ['paul'], missing: 1 })
  assert.deepEqual(await standing(await sign(one, mesh.paul)), {
    signed: ['anna', 'paul'],
    wanting: [],
    missing: 0
  })
  // An investigator's signature is none of an admin's.
  assert.equal((await standing(await sign(one, mesh.julien))).missing, 1)
  await assert.rejects(sign(one, mesh.anna), { code: 'known' })
  await assert.rejects(
    addSignature(one, await mesh.paul.holder.sign(utf8Bytes('other')), mesh.paul.key, NOW),
    {
      code: 'bad-signature'
    }
  )
})

test('a successor needs both versions, or the recovery key for the one before', async () => {
  const recovery = await someone('recovery')
  const mesh = await makeMesh({ recovery: recovery.key })
  const [carl, dora] = [await someone('carl'), await someone('dora')]
  const persons = [
    person('carl', [carl.key], 0, ['admin']),
    person('dora', [dora.key], 0, ['admin']),
    ...mesh.charter.persons.filter(({ roles }) => !roles.includes('admin'))
  ]
  const bytes = write(nextCharter(mesh, { persons }, { now: NOW }))
  const next = encodeEnvelope({ bytes, signatures: [] })
  const missing = async (...who: Parameters<typeof sign>[1][]) =>
    (await charterStanding(await sign(next, ...who), mesh.charter, NOW)).missing
  assert.equal(await missing(carl, dora), 2)
  assert.equal(await missing(mesh.anna, mesh.paul), 2)
  assert.equal(await missing(mesh.anna, mesh.paul, carl, dora), 0)
  assert.equal(await missing(recovery, carl, dora), 0)
  assert.equal(await missing(recovery), 2)
  assert.deepEqual(
    adminsInForce({ persons, revoked: { ...mesh.charter.revoked, persons: ['carl'] } }).map(
      ({ name }) => name
    ),
    ['dora']
  )
})

test('a grant: exact tags, its own key, the admins must sign', async () => {
  const mesh = await makeMesh()
  const { grant, seed } = draftGrant({
    mesh: mesh.id,
    tags: ['role=web', 'env=prod'],
    leaf: false,
    hosts: 200,
    now: NOW,
    notAfter: NOW + DAY
  })
  assert.deepEqual(grant.tags, ['env=prod', 'role=web'])
  assert.equal(makeIdentity(seed).publicKey.length, 32)
  const raw = encodeEnvelope({ bytes: write(grant as never), signatures: [] })
  assert.equal((await grantStanding(raw, mesh.charter, NOW)).missing, 2)
  assert.equal((await grantStanding(await sign(raw, mesh.anna, mesh.paul), mesh.charter, NOW)).missing, 0)
  const request = { mesh: mesh.id, leaf: false, hosts: 1, now: NOW, notAfter: NOW }
  assert.throws(() => draftGrant({ ...request, tags: ['Role=web'] }), { code: 'usage' })
  assert.throws(() => draftGrant({ ...request, tags: ['a=1', 'a=2'] }), /two values/)
  assert.match(describeGrant(grant, documentId(write(grant as never))).join('\n'), /up to 200 hosts/)
})

test('saved files read back, and other files are refused', async () => {
  const { envelope } = await makeMesh()
  const action = {
    what: 'action',
    envelope: utf8Bytes('e'),
    wraps: [{ reader: 'ab'.repeat(20), box: utf8Bytes('b') }]
  } as const
  const all: Saved[] = [
    { what: 'charter', envelope, charters: [] },
    { what: 'grant', envelope: utf8Bytes('g'), charters: [envelope], seed: new Uint8Array(32) },
    action,
    { ...action, note: { clear: { reason: 'r' }, ephemeral: new Uint8Array(32).fill(1) } }
  ]
  for (const saved of all) assert.deepEqual(decodeSaved(encodeSaved(saved)), saved)
  const text = new TextDecoder().decode(encodeSaved(action))
  for (const bad of [
    '',
    '{}',
    text.replace('saved/1', 'saved/2'),
    text.replace('"wraps"', '"more"'),
    text.slice(0, -3)
  ])
    assert.throws(() => decodeSaved(utf8Bytes(bad)), { code: 'malformed' })
})

test('modules that one rule holds for are shown together, and none is left out', () => {
  const same = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(name => `  ${name}/1  inspect  match: weight 1`)
  const odd = '  ping/1  sensitive  match: weight 2'
  assert.deepEqual(
    foldRules(['policy', ...same.slice(0, 3), odd, ...same.slice(3), '  every other module: refused']),
    [
      'policy',
      '  a/1 b/1 c/1 d/1 e/1 f/1',
      '  g/1',
      '    inspect  match: weight 1',
      '  ping/1',
      '    sensitive  match: weight 2',
      '  every other module: refused'
    ]
  )
})

test('a signer sees every person, rule, node and revocation; a change shows as a change', async () => {
  const { charter, id, joe } = await makeMesh()
  const before = describeCharter(charter, id)
  const words = before.join('\n')
  for (const part of [
    'joe  investigator  weight 1',
    joe.key.fingerprint.toUpperCase(),
    'file/1  inspect',
    'no',
    'a  /ip4/'
  ])
    assert.ok(words.includes(part), part)
  const next = nextCharter(
    { charter, id },
    { revoked: { ...charter.revoked, persons: ['joe'] } },
    { now: NOW }
  )
  const change = describeChange(before, describeCharter(next, 'ef'.repeat(32)))
  assert.ok(change.includes('+ persons: joe  investigator  weight 1  REVOKED'))
  assert.ok(change.includes('- revoked: nothing'))
  assert.equal(
    change.some(line => line.includes('julien')),
    false
  )
})

test('ends of charter and keys are warned of from 30 days before', async () => {
  const { charter } = await makeMesh()
  const keys = [{ name: 'joe', fingerprint: 'f'.repeat(40), expires: NOW + 400 * DAY }]
  assert.deepEqual(expiryWarnings(charter, keys, NOW + 335 * DAY), [])
  assert.match(expiryWarnings(charter, keys, NOW + 337 * DAY)[0]!, /charter ends in 29 days/)
  const late = expiryWarnings(charter, keys, NOW + 401 * DAY)
  assert.match(late[0]!, /has ended/)
  assert.match(late[1]!, /key f+ of joe has ended/)
})

test('durations', () => {
  assert.deepEqual(
    ['90s', '15m', '24h', '30d', '2w'].map(text => parseDuration(text, '--expires')),
    [90_000, 900_000, DAY, 30 * DAY, 14 * DAY]
  )
  for (const bad of ['', '24', '0h', '1.5h', '-1h', '1 h', '9999999h'])
    assert.throws(() => parseDuration(bad, '--expires'), { code: 'usage' })
})

test('a node that announces two addresses has both in the charter', () => {
  const { peer } = node('b1')
  const [one, two] = [`/ip4/10.0.0.1/tcp/7070/p2p/${peer}`, `/dns4/b1.example.org/tcp/7070/p2p/${peer}`]
  assert.deepEqual(parseNode(`b1=${one},${two}`, 0), { name: 'b1', peer, addresses: [one, two] })
  assert.equal(parseNode(one, 1).name, 'node-2')
  for (const wrong of [
    `b1=${one},${node('b2').addresses[0]}`,
    `b1=${one},`,
    'b1=gum1:7070',
    `b1=/ip4/no/tcp/1/p2p/${peer}`
  ])
    assert.throws(() => parseNode(wrong, 0), { code: 'usage' }, wrong)
})

test('an enrolment that no host could use is refused by the flag that was typed', () => {
  const fields = { mesh: 'a'.repeat(64), leaf: false, now: NOW, notAfter: NOW + DAY }
  assert.throws(() => draftGrant({ ...fields, tags: [], hosts: 0 }), { code: 'usage', message: /--max 0/ })
  assert.throws(() => draftGrant({ ...fields, tags: ['os=web'], hosts: 1 }), {
    code: 'usage',
    message: /--tag os=web/
  })
})
