import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { changeMesh } from '../../../console/admin/change-mesh.ts'
import { addNode, addPerson, editPolicy, revoke } from '../../../console/admin/changes.ts'
import type { AdminContext } from '../../../console/admin/context.ts'
import { createMesh, type MeshRequest } from '../../../console/admin/create-mesh.ts'
import { enrol } from '../../../console/admin/enrol.ts'
import { openInventory } from '../../../console/admin/inventory.ts'
import { adopt, requireChain } from '../../../console/admin/mesh-home.ts'
import { encodeSaved } from '../../../console/admin/saved.ts'
import { bytesToSign, signSaved } from '../../../console/admin/sign-saved.ts'
import { keepSecretKey } from '../../../console/keys/store.ts'
import { toBase64 } from '../../../src/codec.ts'
import { decodeCharterFile } from '../../../src/documents/charter-file.ts'
import { decodeEnrolment } from '../../../src/documents/enrolment.ts'
import { decodeEnvelope, encodeEnvelope } from '../../../src/documents/envelope.ts'
import { read } from '../../../src/documents/read.ts'
import { write } from '../../../src/documents/write.ts'
import { GumshoeError } from '../../../src/errors.ts'
import { makePair } from '../../../src/trust/hpke.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { sealNote } from '../../../src/trust/note.ts'
import { readSecretKey } from '../../../src/trust/pgp.ts'
import { makeSealKey } from '../../../src/trust/seal.ts'
import { clock, DAY, NOW, type Someone, someone } from './mesh-maker.ts'

const MODULES = [{ name: 'file', major: 1, risk: 'inspect' }] as const
let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gumshoe-admin-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const at = (name: string) => join(directory, name)

interface Desk extends AdminContext {
  readonly said: string[]
  readonly told: string[]
  readonly published: Uint8Array[]
}

/** A person's home with one key, and what the commands say there. */
const desk = (name: string, who: Someone, change: Partial<AdminContext> = {}): Desk => {
  const [said, told, published]: [string[], string[], Uint8Array[]] = [[], [], []]
  keepSecretKey(at(name), who.key)
  writeFileSync(at(`${name}.pub`), who.key.bytes)
  return {
    home: at(name),
    clock,
    say: line => said.push(line),
    tell: line => told.push(line),
    passphrase: async () => undefined,
    confirm: async () => true,
    refresh: async () => undefined,
    publish: async charters => {
      published.push(charters.at(-1)!)
    },
    words: () => undefined,
    said,
    told,
    published,
    ...change
  }
}

const nodeLine = () => `/ip4/10.0.0.1/tcp/4001/p2p/${makeIdentity().peer}`

const request = (change: Partial<MeshRequest> = {}): MeshRequest => ({
  name: 'test',
  admins: [],
  investigators: [],
  readers: [],
  bootstraps: [nodeLine(), `second=${nodeLine()}`],
  topics: ['role'],
  lab: false,
  expires: NOW + 366 * DAY,
  recovery: at('recovery.key'),
  out: at('test.charter'),
  modules: MODULES,
  ...change
})

const labRequest = (change: Partial<MeshRequest> = {}) =>
  request({
    lab: true,
    admins: [`anna=${at('anna.pub')}`],
    investigators: [`anna:2=${at('anna.pub')}`],
    ...change
  })

/** Anna alone in a lab, with a mesh. */
const lab = async (change: Partial<AdminContext> = {}) => {
  const anna = desk('anna', await someone('anna'), change)
  await createMesh(anna, labRequest())
  return anna
}

/** Two admins and a junior, each at a desk of their own, with a mesh. */
const proper = async () => {
  const anna = desk('anna', await someone('anna'))
  const paul = desk('paul', await someone('paul'))
  const joe = desk('joe', await someone('joe'))
  await createMesh(
    anna,
    request({
      admins: [`anna=${at('anna.pub')}`, `paul=${at('paul.pub')}`],
      investigators: [`joe=${at('joe.pub')}`]
    })
  )
  await signSaved(paul, { file: at('test.charter.saved') })
  const file = decodeCharterFile(new Uint8Array(readFileSync(at('test.charter'))))
  for (const person of [anna, joe]) await adopt(person.home, file, NOW)
  return { anna, paul, joe }
}

test('a lab: one admin makes a mesh at once, with a recovery key outside of the home', async () => {
  const anna = await lab()
  const chain = await requireChain(anna.home, NOW)
  assert.deepEqual(anna.said, [chain.mesh])
  assert.equal(chain.current.charter.lab, true)
  assert.deepEqual(chain.current.charter.persons[0]!.roles, ['admin', 'investigator'])
  assert.equal(chain.current.charter.persons[0]!.weight, 2)
  assert.deepEqual(
    chain.current.charter.nodes.map(({ name }) => name),
    ['node-1', 'second']
  )
  const recovery = await readSecretKey(new Uint8Array(readFileSync(at('recovery.key'))))
  assert.equal(recovery.fingerprint, chain.current.charter.recovery?.fingerprint)
  assert.equal(statSync(at('recovery.key')).mode & 0o077, 0)
  assert.ok(anna.told.some(line => line.startsWith('If too many admins lose')))
  const given = decodeCharterFile(new Uint8Array(readFileSync(at('test.charter'))))
  assert.deepEqual(given, chain.envelopes())
  await assert.rejects(createMesh(anna, labRequest()), { code: 'home-exists' })
})

test('bad requests make nothing: no node, a stranger as admin, a recovery key in the home, a no', async () => {
  const anna = desk('anna', await someone('anna'))
  const paul = desk('paul', await someone('paul'))
  const nothing = async (context: AdminContext, change: Partial<MeshRequest>, code: string) => {
    await assert.rejects(createMesh(context, labRequest(change)), { code })
    assert.equal(existsSync(at('recovery.key')), false)
    assert.equal(existsSync(at('test.charter')), false)
  }
  await nothing(anna, { bootstraps: [] }, 'usage')
  await nothing(anna, { bootstraps: ['10.0.0.1:4001'] }, 'usage')
  await nothing(anna, { admins: ['anna'] }, 'usage')
  await nothing(anna, { admins: ['anna=/nonexistent'] }, 'no-key')
  await nothing(anna, { recovery: join(anna.home, 'recovery.key') }, 'usage')
  await nothing(anna, { lab: false }, 'usage')
  await nothing(paul, {}, 'unknown-signer')
  await nothing({ ...anna, confirm: async () => false }, {}, 'usage')
})

test('two admins: the draft of one is no mesh; signed by the other it is', async () => {
  const { anna, paul, joe } = await proper()
  const chains = await Promise.all([anna, paul, joe].map(({ home }) => requireChain(home, NOW)))
  assert.equal(new Set(chains.map(({ mesh }) => mesh)).size, 1)
  assert.deepEqual(anna.said, [at('test.charter.saved')])
  assert.ok(anna.told.some(line => line.includes('one more signature of paul')))
  assert.ok(
    paul.told.some(line => line.includes('joe  investigator  weight 1')),
    'Paul saw what he signed.'
  )
  const { signatures } = decodeEnvelope(chains[0]!.envelopes()[0]!)
  assert.equal(signatures.length, 2)
})

test('an admin who signs his own draft twice is told so; a junior can not sign it', async () => {
  const [anna, paul, joe] = [
    desk('anna', await someone('anna')),
    desk('paul', await someone('paul')),
    desk('joe', await someone('joe'))
  ]
  const admins = [`anna=${at('anna.pub')}`, `paul=${at('paul.pub')}`]
  await createMesh(anna, request({ admins, investigators: [`joe=${at('joe.pub')}`] }))
  const file = at('test.charter.saved')
  await assert.rejects(signSaved(anna, { file }), { code: 'known' })
  await assert.rejects(signSaved(joe, { file }), {
    code: 'unknown-signer',
    fix: /Only admins sign this/
  })
  await assert.rejects(signSaved({ ...paul, confirm: async () => false }, { file }), { code: 'usage' })
  assert.equal(existsSync(at('test.charter')), false)
  await signSaved(paul, { file })
  assert.equal(existsSync(at('test.charter')), true)
})

test('a new investigator reads the inventory; a revoked one not the next', async () => {
  const anna = await lab()
  const joe = await someone('joe')
  writeFileSync(at('joe.pub'), joe.key.bytes)
  const before = (await requireChain(anna.home, NOW)).current.charter
  await changeMesh(anna, {
    change: addPerson(anna.home, `joe=${at('joe.pub')}`, 'investigator'),
    inventory: 'wrap'
  })
  const second = (await requireChain(anna.home, NOW)).current.charter
  assert.equal(second.version, 2)
  assert.equal(second.inventory.key, before.inventory.key)
  await assert.rejects(
    changeMesh(anna, { change: addPerson(anna.home, `joe=${at('joe.pub')}`, 'investigator') }),
    { code: 'known' },
    'a version that changes nothing'
  )
  assert.equal((await openInventory(second, joe.holder)).length, 32)
  await changeMesh(anna, { change: revoke('person', 'joe'), inventory: 'renew' })
  const third = (await requireChain(anna.home, NOW)).current.charter
  assert.notEqual(third.inventory.key, before.inventory.key)
  await assert.rejects(openInventory(third, joe.holder), { code: 'no-key' })
  assert.deepEqual(third.revoked.persons, ['joe'])
  assert.equal(anna.published.length, 2)
  assert.deepEqual(anna.published[1], (await requireChain(anna.home, NOW)).current.envelope)
  await assert.rejects(changeMesh(anna, { change: revoke('person', 'joe'), inventory: 'renew' }), {
    code: 'known'
  })
  await assert.rejects(
    changeMesh(anna, { change: addPerson(anna.home, `joe=${at('joe.pub')}`, 'investigator') }),
    { code: 'revoked' }
  )
})

test('revoking says where there is no such thing, and never leaves too few admins', async () => {
  const anna = await lab()
  const change = (kind: Parameters<typeof revoke>[0], name: string) =>
    changeMesh(anna, { change: revoke(kind, name) })
  await assert.rejects(change('person', 'jeo'), { code: 'not-found' })
  await assert.rejects(change('agent', 'web-01'), { code: 'usage' })
  await assert.rejects(change('grant', 'abc'), { code: 'usage' })
  await assert.rejects(change('key', 'f'.repeat(40)), { code: 'not-found' })
  await assert.rejects(change('bootstrap', 'third'), { code: 'not-found' })
  await assert.rejects(change('person', 'anna'), /only 0 in force/)
  const { peer } = makeIdentity()
  await change('agent', peer)
  await change('grant', 'ab'.repeat(32))
  await change('bootstrap', 'second')
  const { charter } = (await requireChain(anna.home, NOW)).current
  assert.deepEqual([charter.version, charter.revoked.peers, charter.nodes.length], [4, [peer], 1])
})

test('where no node is reached, the version stays in the home and the admin is told how to go on', async () => {
  const anna = await lab({
    publish: async () => {
      throw new GumshoeError('unreached', 'No bootstrap node answered.')
    }
  })
  await assert.rejects(changeMesh(anna, { change: addNode(nodeLine()) }), (error: GumshoeError) => {
    assert.equal(error.code, 'unreached')
    assert.match(error.fix, /mesh push/)
    return true
  })
  assert.equal((await requireChain(anna.home, NOW)).current.charter.version, 2)
})

test('the policy is changed by rule, and nonsense names itself', async () => {
  const anna = await lab()
  const flags = {
    set: [],
    ceiling: [],
    allow: [],
    forbid: [],
    modules: [...MODULES, { name: 'net', major: 1, risk: 'sensitive' }]
  } as const
  const edit = (change: object) => changeMesh(anna, { change: editPolicy({ ...flags, ...change }) })
  await edit({
    set: ['file/1.clear=3,2,reason', 'file/1.match=off'],
    ceiling: ['file/1=5%'],
    allow: ['net/1'],
    windowMaxMs: DAY
  })
  const { policy } = (await requireChain(anna.home, NOW)).current.charter
  assert.deepEqual(policy.modules[0]!.quorum, {
    hashed: { weight: 1, persons: 1, reason: false },
    clear: { weight: 3, persons: 2, reason: true }
  })
  assert.deepEqual(
    [policy.modules[0]!.ceilingPpm, policy.modules[1]!.module, policy.windowMaxS],
    [50_000, 'net/1', 86_400]
  )
  const warned = () => anna.told.filter(line => line.startsWith('WARNING: Nobody can ask file/1 at '))
  assert.equal(warned().length, 1, anna.told.join('\n'))
  assert.match(warned()[0]!, /at clear: it takes weight 3 of 2 persons, and all investigators together/)
  await edit({ set: ['file/1.clear=4,2'] })
  await edit({ set: ['file/1.hashed=1,1,no-reason'] })
  const { quorum } = (await requireChain(anna.home, NOW)).current.charter.policy.modules[0]!
  assert.deepEqual(
    quorum.clear,
    { weight: 4, persons: 2, reason: true },
    'the reason stays where it is not named'
  )
  assert.equal(warned().length, 2, 'what was so before is not told again')
  await edit({ forbid: ['net/1'] })
  for (const bad of [{ set: ['file/1.clear'] }, { set: ['file/1.all=1'] }, { ceiling: ['file/1=0'] }])
    await assert.rejects(edit(bad), { code: 'usage' })
  await assert.rejects(edit({ set: ['net/1.clear=1'] }), { code: 'not-found' })
  await assert.rejects(edit({ allow: ['nope/1'] }), { code: 'unknown-module' })
})

test('a change by one of two admins waits for the other, who sees what changes', async () => {
  const { anna, paul, joe } = await proper()
  const save = at('next.saved')
  await changeMesh(anna, { change: revoke('person', 'joe'), inventory: 'renew', save })
  assert.equal((await requireChain(anna.home, NOW)).current.charter.version, 1)
  assert.equal(anna.published.length, 0)
  await assert.rejects(signSaved(joe, { file: save }), { code: 'unknown-signer' })
  paul.told.length = 0
  await signSaved(paul, { file: save })
  assert.ok(paul.told.includes('+ persons: joe  investigator  weight 1  REVOKED'))
  assert.equal(
    paul.told.some(line => line.includes('bootstrap nodes') && !line.includes('with')),
    false
  )
  assert.equal((await requireChain(paul.home, NOW)).current.charter.version, 2)
  assert.equal(paul.published.length, 1)
  // Anna's home is behind; the same draft again follows a version that is no longer the newest.
  await adopt(anna.home, (await requireChain(paul.home, NOW)).envelopes(), NOW)
  await assert.rejects(signSaved(anna, { file: save }), { code: 'charter-stale' })
})

test('enrol: one file with the charter, the grant and its key; two admins sign it', async () => {
  const { anna, paul } = await proper()
  const out = at('web.enrol')
  await enrol(anna, { tags: ['role=web', 'env=prod'], leaf: true, hosts: 200, expiresMs: DAY, out })
  assert.equal(existsSync(out), false)
  await signSaved(paul, { file: `${out}.saved` })
  assert.equal(statSync(out).mode & 0o077, 0)
  const file = decodeEnrolment(new Uint8Array(readFileSync(out)))
  const { bytes, signatures } = decodeEnvelope(file.grant)
  const grant = read(bytes, 'gumshoe/grant/1')
  assert.equal(signatures.length, 2)
  assert.deepEqual(
    [grant.tags, grant.leaf, grant.hosts, grant.notAfter],
    [['env=prod', 'role=web'], true, 200, '2026-11-25T12:00:00Z']
  )
  assert.equal(toBase64(makeIdentity(file.seed).publicKey), grant.enrolKey)
  assert.equal(file.charters.length, 1)
})

test('an action for a co-signer: the note that he reads is the one inside, or he does not sign', async () => {
  const { joe, anna } = await proper()
  const { mesh } = await requireChain(joe.home, NOW)
  const ephemeral = makePair()
  const place = { mesh, nonce: toBase64(new Uint8Array(16)), sealTo: toBase64(makeSealKey().publicKey) }
  const clear = { reason: 'advisory', case: 'INC-42' }
  const bytes = write({
    kind: 'gumshoe/action/1',
    ...place,
    charter: 1,
    target: 'role=web',
    validFrom: '2026-11-24T12:00:00Z',
    expires: '2026-11-25T12:00:00Z',
    operations: [{ id: 'o1', module: 'file/1', params: { path: '/etc/\u202ex' } }],
    disclosure: 'clear',
    ceilingPpm: 1_000_000,
    limits: {},
    readers: [],
    note: sealNote(place, clear, ephemeral)
  })
  const envelope = encodeEnvelope({ bytes, signatures: [] })
  const file = at('action.saved')
  const saved = (note: object) =>
    writeFileSync(
      file,
      encodeSaved({
        what: 'action',
        envelope,
        wraps: [],
        note: { clear: note, ephemeral: ephemeral.privateKey }
      })
    )
  saved({ ...clear, reason: 'harmless' })
  await assert.rejects(signSaved(joe, { file }), { code: 'bad-signature' })
  saved(clear)
  await signSaved(joe, { file })
  const told = joe.told.join('\n')
  assert.match(told, /reason +advisory {3}\(sealed\)/)
  assert.match(told, /CLEAR/)
  assert.equal(told.includes('\u202e'), false)
  assert.ok(told.includes('\\u{202e}'))
  assert.match(told, /^Signed\. Not enough yet; missing: .*; signed: joe \(weight 1\); who could sign: /m)
  await assert.rejects(signSaved(joe, { file }), { code: 'known' })
  assert.deepEqual(bytesToSign(file), bytes)
  assert.equal(anna.published.length, 0)
})

test('a signature made by plain gpg is taken from its file', async () => {
  const homedir = mkdtempSync('/tmp/gsk')
  try {
    const gpg = (...args: string[]) =>
      execFileSync('gpg', ['--homedir', homedir, '--batch', '--quiet', ...args], {
        stdio: ['ignore', 'pipe', 'ignore']
      })
    const paul = await someone('paul')
    writeFileSync(at('paul.key'), paul.key.secret)
    gpg('--import', at('paul.key'))
    const anna = desk('anna', await someone('anna'))
    writeFileSync(at('paul.pub'), paul.key.bytes)
    await createMesh(anna, request({ admins: [`anna=${at('anna.pub')}`, `paul=${at('paul.pub')}`] }))
    const file = at('test.charter.saved')
    writeFileSync(at('bytes'), bytesToSign(file))
    gpg(
      '--faked-system-time',
      String(NOW / 1_000 + 60),
      '--armor',
      '-u',
      paul.key.fingerprint,
      '--detach-sign',
      at('bytes')
    )
    await signSaved(anna, { file, signature: at('bytes.asc') })
    assert.equal((await requireChain(anna.home, NOW)).current.charter.version, 1)
  } finally {
    execFileSync('gpgconf', ['--homedir', homedir, '--kill', 'all'])
    rmSync(homedir, { recursive: true, force: true })
  }
})
