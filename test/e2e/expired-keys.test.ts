import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { createMesh } from '../../console/admin/create-mesh.ts'
import { requireChain } from '../../console/admin/mesh-home.ts'
import { decodeSaved } from '../../console/admin/saved.ts'
import { keepSecretKey } from '../../console/keys/store.ts'
import { type Finished, Fleet, freePort, type Program } from '../../console/tour/fleet.ts'
import { putAnyway } from '../../console/tour/rogue.ts'
import { systemClock } from '../../src/clock.ts'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { MODULES } from '../../src/modules/index.ts'
import { makeKey, unlock } from '../../src/trust/pgp.ts'
import { HOSTNAME } from '../support/fleet.ts'
import { eventually } from '../support/members.ts'

/**
 * A mesh of a month ago, in which keys have expired since: their owners are told so, with the code and the status, and
 * nobody else is hindered, least of all an admin who revokes.
 */

const DAY = 86_400_000
const NOW = systemClock.now()
const THEN = NOW - 30 * DAY

const directory = mkdtempSync(join(tmpdir(), 'gumshoe-expired-'))
const fleet = new Fleet(directory, resolve(import.meta.dirname, '../..'))
const at = (name: string): string => join(directory, name)
after(async () => {
  await fleet.stop()
  rmSync(directory, { recursive: true, force: true })
})

const fingerprints = new Map<string, string>()
const secrets = new Map<string, Uint8Array>()
let line = ''

const gumshoe = (home: string, ...args: string[]): Promise<Finished> =>
  fleet.run('gumshoe', [...args, '--home', at(home)])
const good = async (program: Program, ...args: string[]): Promise<Finished> => {
  const done = await fleet.run(program, args)
  assert.equal(done.status, 0, `${program} ${args.join(' ')}\n${done.screen}`)
  return done
}

before(async () => {
  line = (
    await good(
      'gumshoe-bootstrap',
      'init',
      '--home',
      at('b1'),
      '--name',
      'b1',
      '--listen',
      `/ip4/127.0.0.1/tcp/${await freePort()}`
    )
  ).stdout.trim()
  for (const [name, ends] of [
    ['anna', undefined],
    ['paul', NOW - DAY],
    ['rita', NOW - DAY],
    ['new', NOW - DAY],
    ['fresh', undefined]
  ] as const) {
    const key = await makeKey(name, { now: THEN - DAY, ...(ends && { expires: ends }) })
    fingerprints.set(name, key.fingerprint)
    secrets.set(name, key.secret)
    mkdirSync(at(name), { mode: 0o700 })
    keepSecretKey(at(name), key)
    writeFileSync(at(`${name}.pub`), key.bytes)
  }
  const quiet = () => undefined
  await createMesh(
    {
      home: at('anna'),
      clock: { ...systemClock, now: () => THEN },
      say: quiet,
      tell: quiet,
      passphrase: async () => undefined,
      confirm: async () => true,
      refresh: async () => undefined,
      publish: async () => undefined,
      words: () => undefined
    },
    {
      name: 'old',
      admins: ['anna=me'],
      investigators: ['anna:2=me', `paul:1=${at('paul.pub')}`],
      readers: [`rita=${at('rita.pub')}`],
      bootstraps: [line],
      topics: [],
      lab: true,
      expires: NOW + 300 * DAY,
      recovery: at('recovery.key'),
      out: at('old.charter'),
      modules: MODULES
    }
  )
  await good('gumshoe', 'mesh', 'join', at('old.charter'), '--home', at('paul'))
  await fleet.start(
    'b1',
    'gumshoe-bootstrap',
    ['run', '--home', at('b1'), '--charter', at('old.charter')],
    /"event":"ready"/
  )
  await good('gumshoe', 'enrol', '--yes', '--max', '1', '-o', at('host.enrol'), '--home', at('anna'))
  mkdirSync(at('root/etc'), { recursive: true })
  writeFileSync(at('root/etc/hostname'), 'web\n')
  await fleet.start(
    'web',
    'gumshoe-agent',
    [
      'run',
      '--home',
      at('web'),
      '--enrol',
      at('host.enrol'),
      '--root',
      at('root'),
      '--listen',
      '/ip4/127.0.0.1/tcp/0'
    ],
    /"event":"ready"/
  )
})

const FILE = [...HOSTNAME, '-t', 'all']

/** Names the key and the fix, with the code and status of a key; nothing but that. */
const saysExpired = ({ status, stderr, screen }: Finished, name: string): void => {
  assert.match(stderr, new RegExp(`error\\[key-expired\\]: .*${fingerprints.get(name)}.*expired`), screen)
  assert.match(stderr, /\nfix: ./)
  assert.doesNotMatch(screen, /\n\s+at .*:\d+/, 'there is a stack trace')
  assert.equal(status, 6, screen)
}

test('whose own key has expired is told so, and nothing is signed', async () => {
  saysExpired(await gumshoe('paul', 'agents'), 'paul')
  saysExpired(await gumshoe('paul', ...FILE), 'paul')
  saysExpired(await gumshoe('paul', ...FILE, '--save', at('never.saved')), 'paul')
  assert.equal(existsSync(at('never.saved')), false, 'something was half done')
  await good('gumshoe', 'key', 'make', 'brief', '--no-passphrase', '--expires', '1s', '--home', at('brief'))
  const [brief] = readdirSync(at('brief/keys'))
  fingerprints.set('brief', brief!)
  const mesh = ['mesh', 'create', 'm', '--lab', '--yes', '--admin', 'brief=me', '--bootstrap', line]
  const made = await gumshoe(
    'brief',
    ...mesh,
    '--recovery',
    at('r.key'),
    '--no-recovery-passphrase',
    '-o',
    at('m.charter')
  )
  saysExpired(made, 'brief')
  assert.equal(existsSync(at('m.charter')) || existsSync(at('r.key')), false, 'something was half done')
})

test('an expired key of another person hinders no question, and everybody is warned', async () => {
  await eventually('the host is known', async () => (await gumshoe('anna', 'agents')).status === 0, 20_000)
  const asked = await gumshoe('anna', ...FILE, '--wait', '20s')
  assert.equal(asked.status, 0, asked.screen)
  for (const name of ['paul', 'rita'])
    assert.match(asked.stderr, new RegExp(`The key ${fingerprints.get(name)} of ${name} has ended`))
  assert.match(asked.stderr, /rita can't read the answers/)
  assert.match(asked.stdout, /FOUND ON 1 HOST/)
})

test('what an expired key signed all the same is refused by nodes and hosts', async () => {
  assert.equal((await gumshoe('anna', ...FILE, '--save', at('drawer.saved'))).status, 0)
  const { bytes } = decodeEnvelope(decodeSaved(new Uint8Array(readFileSync(at('drawer.saved')))).envelope)
  const key = await unlock(secrets.get('paul')!)
  const envelope = encodeEnvelope({ bytes, signatures: [await key.signDetached(bytes, THEN)] })
  const [address] = /\/ip4\/[^"]+/.exec(readFileSync(at('web.log'), 'utf8'))!
  const { nodes, agents } = await putAnyway(at('anna'), envelope, [address])
  assert.deepEqual([...nodes, ...agents], ['key-expired', 'key-expired'])
})

test('an admin changes and revokes whatever has expired, and takes no expired key in', async () => {
  saysExpired(await gumshoe('anna', 'mesh', 'add', 'investigator', `new=${at('new.pub')}`, '--yes'), 'new')
  for (const change of [
    ['mesh', 'policy', '--rate', '50'],
    ['mesh', 'revoke', 'person', 'paul'],
    ['mesh', 'add', 'reader', `fresh=${at('fresh.pub')}`]
  ]) {
    const { status, screen } = await gumshoe('anna', ...change, '--yes')
    assert.equal(status, 0, screen)
    assert.match(screen, /is with the bootstrap nodes/)
  }
  const { charter } = (await requireChain(at('anna'), systemClock.now())).current
  assert.equal(charter.version, 4)
  const readers = charter.inventory.wraps.map(({ reader }) => reader).sort()
  assert.deepEqual(readers, [fingerprints.get('anna'), fingerprints.get('fresh')].sort())
})
