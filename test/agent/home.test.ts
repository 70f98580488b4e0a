import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, type TestContext, test } from 'node:test'
import { gatherFacts } from '../../agent/facts.ts'
import { enrolHome, layout, openHome, readSettings, saveCharters } from '../../agent/home.ts'
import { readHostText } from '../../agent/host-text.ts'
import { encodeEnrolment } from '../../src/documents/enrolment.ts'
import { decodeEnvelope } from '../../src/documents/envelope.ts'
import { read } from '../../src/documents/read.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { temporary } from '../support/agent-parts.ts'
import { NO_SETTINGS } from '../support/host.ts'
import { DAY, HOUR, makeTestMesh, NOW, type TestMesh } from '../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

/** A host with a machine id, and an enrolment file for it. */
const host = async (t: TestContext, of: TestMesh = mesh) => {
  const directory = temporary(t)
  const root = join(directory, 'root')
  mkdirSync(join(root, 'etc'), { recursive: true })
  writeFileSync(join(root, 'etc/machine-id'), `${'1f'.repeat(16)}\n`)
  const enrolment = makeIdentity()
  const file = join(directory, 'web.enrol')
  const grant = await of.signGrant(enrolment)
  writeFileSync(file, encodeEnrolment({ charters: [...of.chain.envelopes(0)], grant, seed: enrolment.seed }))
  return { directory, root, home: join(directory, 'home'), file, seed: enrolment.seed }
}

test('a host makes its own key, binds it to grant and machine, and forgets the key that enrolled it', async t => {
  const { root, home, file, seed } = await host(t)
  await enrolHome(home, file, root, NOW)
  const { agent, chain } = await openHome(home, root, NOW + HOUR)
  assert.equal(chain.mesh, mesh.mesh)
  assert.deepEqual(agent.tags, ['env=prod', 'role=web'])
  const membership = read(decodeEnvelope(agent.membership).bytes, 'gumshoe/membership/1')
  assert.deepEqual([membership.peer, membership.grant], [agent.identity.peer, agent.grantId])
  assert.notDeepEqual(agent.identity.seed, seed)
  const all = Buffer.concat(readdirSync(home).map(name => readFileSync(join(home, name))))
  assert.equal(all.includes(Buffer.from(seed)), false)
  assert.ok(all.includes(Buffer.from(agent.identity.seed)))
  // The machine's id itself is nobody's business.
  assert.equal(all.includes('1f'.repeat(16)), false)
})

test('an identity that was copied to another machine is refused', async t => {
  const { root, home, file } = await host(t)
  await enrolHome(home, file, root, NOW)
  writeFileSync(join(root, 'etc/machine-id'), `${'2e'.repeat(16)}\n`)
  await assert.rejects(openHome(home, root, NOW), { code: 'cloned' })
})

test('a machine without an id gets one of its own, and keeps it', async t => {
  const { root, home, file } = await host(t)
  writeFileSync(join(root, 'etc/machine-id'), '')
  await enrolHome(home, file, root, NOW)
  await openHome(home, root, NOW)
  assert.ok(readdirSync(home).includes('machine-id'))
  const other = join(root, '..', 'other')
  mkdirSync(other)
  await assert.rejects(openHome(home, other, NOW), { code: 'cloned' }, 'another root that has none either')
  // As it was kept before there were roots in it.
  const kept = readFileSync(join(home, 'machine-id'), 'utf8')
  writeFileSync(join(home, 'machine-id'), kept.split('\n')[0]!)
  await openHome(home, root, NOW)
})

test('a home that others may read, a missing one, a file that is none: each says so', async t => {
  const { root, home, file, directory } = await host(t)
  await assert.rejects(openHome(home, root, NOW), { code: 'no-home' })
  await assert.rejects(enrolHome(home, join(directory, 'absent'), root, NOW), { code: 'not-found' })
  writeFileSync(join(directory, 'other'), 'text')
  await assert.rejects(enrolHome(home, join(directory, 'other'), root, NOW), { code: 'malformed' })
  await enrolHome(home, file, root, NOW)
  chmodSync(home, 0o750)
  await assert.rejects(openHome(home, root, NOW), { code: 'home-open' })
})

test('a grant that the charter does not carry enrols nobody; one that is over does not either', async t => {
  const stranger = await makeTestMesh()
  const { root, home, directory } = await host(t)
  const enrolment = makeIdentity()
  const foreign = join(directory, 'foreign')
  const grant = await stranger.signGrant(enrolment)
  writeFileSync(
    foreign,
    encodeEnrolment({ charters: [...mesh.chain.envelopes(0)], grant, seed: enrolment.seed })
  )
  await assert.rejects(enrolHome(home, foreign, root, NOW))
})

test('whom the charter revokes does not start again, by its key or by its grant', async t => {
  const own = await makeTestMesh()
  const [one, two] = [await host(t, own), await host(t, own)]
  for (const { home, file, root } of [one, two]) await enrolHome(home, file, root, NOW)
  const first = await openHome(one.home, one.root, NOW)
  const second = await openHome(two.home, two.root, NOW)
  await own.advance(own.revoked('peers', first.agent.identity.peer))
  await own.advance(own.revoked('grants', second.agent.grantId))
  for (const { home, root } of [one, two]) {
    saveCharters(home, own.chain)
    await assert.rejects(openHome(home, root, NOW), { code: 'revoked' })
  }
})

test('an enrolled host stays enrolled after its grant is over', async t => {
  const { root, home, file } = await host(t)
  await enrolHome(home, file, root, NOW)
  assert.ok((await openHome(home, root, NOW + 30 * DAY)).agent)
})

test('settings of the owner, and what is wrong with them by its name', async t => {
  const home = temporary(t)
  assert.deepEqual(readSettings(home), NO_SETTINGS)
  const settle = (text: string) => writeFileSync(layout(home).settings, text, { mode: 0o600 })
  settle(
    '{"modules":{"file/1":false},"disclosure":{"clear":false,"match":true},"limits":{"readBytes":5},"fence":{"sensitive":"full","ping/1":"reduced"}}'
  )
  assert.deepEqual(readSettings(home), {
    modulesOff: ['file/1'],
    disclosuresOff: ['clear'],
    limits: { readBytes: 5 },
    fenceAtLeast: { sensitive: 'full', 'ping/1': 'reduced' }
  })
  const wrong: [text: string, names: RegExp][] = [
    ['{', /no JSON/],
    ['{"module":{}}', /module/],
    ['{"disclosure":{"open":false}}', /disclosure/],
    ['{"limits":{"readBytes":-1}}', /limits\.readBytes/],
    ['{"modules":{"file":false}}', /modules\.file: a module is named name\/major\.$/],
    ['{"modules":{"file/1":"no"}}', /modules\.file\/1: this must be true or false\.$/],
    ['[]', /settings\.json: this must be an object\.$/],
    ['{"fence":{"sensible":"full"}}', /fence/],
    ['{"fence":{"sensitive":"high"}}', /fence\.sensitive/]
  ]
  for (const [text, names] of wrong) {
    settle(text)
    assert.throws(() => readSettings(home), { code: 'usage', message: names })
  }
  settle('{}')
  chmodSync(layout(home).settings, 0o644)
  assert.throws(() => readSettings(home), { code: 'home-open' })
})

test('facts of a root come from its files, and never from outside of it', async t => {
  const { root, directory } = await host(t)
  writeFileSync(join(root, 'etc/os-release'), 'ID=debian\nVERSION_ID="12"\n')
  writeFileSync(join(root, 'etc/hostname'), 'Web-01\n')
  const facts = gatherFacts(root, { ...NO_SETTINGS, disclosuresOff: ['clear'] }, 'full')
  assert.deepEqual(
    [facts.distribution, facts.distributionVersion, facts.hostname, facts.rooted, facts.fence],
    ['debian', '12', 'web-01', true, 'full']
  )
  assert.deepEqual([facts.kernel, facts.addresses, facts.disclosures], [undefined, [], ['hashed', 'match']])
  writeFileSync(join(directory, 'outside'), 'secret')
  symlinkSync(join(directory, 'outside'), join(root, 'etc/absolute'))
  symlinkSync('../../outside', join(root, 'etc/relative'))
  symlinkSync('/etc/hostname', join(root, 'etc/inside'))
  symlinkSync('circle', join(root, 'etc/circle'))
  for (const path of ['/etc/absolute', '/etc/relative', '/etc/circle', '/etc/absent', '/etc'])
    assert.equal(readHostText(root, path), undefined, path)
  assert.equal(readHostText(root, '/etc/inside'), 'Web-01\n')
})

test('a pipe in the place of a file does not hold the agent up', async t => {
  const { root } = await host(t)
  const { execFileSync } = await import('node:child_process')
  execFileSync('mkfifo', [join(root, 'etc/hostname')])
  assert.equal(gatherFacts(root, NO_SETTINGS, 'none').hostname, undefined)
})

test('facts of the machine itself are its own', () => {
  const facts = gatherFacts('/', NO_SETTINGS, 'reduced')
  assert.equal(facts.rooted, false)
  assert.ok(facts.kernel !== undefined && facts.hostname !== undefined)
  assert.ok(facts.modules.includes('file/1'))
})
