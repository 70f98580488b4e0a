import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { linesOf } from '../../console/tour/mesh.ts'
import type { ModuleSpec } from '../../src/modules/spec.ts'
import { testDirectory } from '../support/directory.ts'
import { askEveryExample } from '../support/every-example.ts'
import { makeFleet, type TestFleet } from '../support/fleet.ts'
import { askMigActions } from '../support/mig-asked.ts'
import { dpkgRecord } from '../support/package-files.ts'
import { examplesStand, standing } from '../support/standing-question.ts'

/** Modules that read files answer for each agent's own root, over a real mesh: one question of each. */

let fleet: TestFleet
after(() => fleet?.remove())

/** Puts a file on one host of the fleet. */
const put = (host: number, path: string, bytes: string | Uint8Array): void => {
  const at = join(fleet.hosts[host]!.root, path)
  mkdirSync(dirname(at), { recursive: true })
  writeFileSync(at, bytes)
}

test('one question of each module finds its host, and names of accounts stay there', {
  timeout: 900_000
}, async t => {
  fleet = await makeFleet(2)
  for (const host of [0, 1]) put(host, 'etc/passwd', 'root:x:0:0::/root:/bin/sh\n')
  put(1, 'etc/passwd', 'root:x:0:0::/root:/bin/sh\nintruder:x:0:0::/odd-home:/bin/sh\n')
  put(1, 'etc/shadow', 'root:*:1::::::\nintruder::1::::::\n')

  await t.test('account', async () => {
    const lines = await fleet.ask('account', '-t', 'all', '--yes', '--id', '0', '--password', 'none')
    const text = JSON.stringify(lines)
    assert.equal(lines.filter(({ type }) => type === 'row').length, 1, text)
    assert.ok(!text.includes('intruder') && !text.includes('odd-home'), 'hashed answers hold no name')
    const named = await fleet.ask('account', '-t', 'all', '--yes', '--name', '^intruder$')
    const name = named.find(({ type }) => type === 'row')?.['name']
    assert.deepEqual(name, { literal: 0 }, JSON.stringify(named))
  })

  await t.test('sshkey', async () => {
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f'
    put(1, 'root/.ssh/authorized_keys', `command="hidden-words" ${key} hidden-words\n`)
    const lines = await fleet.ask('sshkey', '-t', 'all', '--yes', '--kind', 'authorised')
    const rows = lines.filter(({ type }) => type === 'row')
    const text = JSON.stringify(lines)
    assert.deepEqual([rows.length, rows[0]?.['bits'], rows[0]?.['line']], [1, 256, 1], text)
    assert.ok(!text.includes('hidden-words') && !text.includes('AAAAC3Nza'), 'no options, comments or keys')
  })

  await t.test('compose: one action, and where the first finds nothing the second does not run', async () => {
    const lines = await fleet.ask(
      ...['compose', '-t', 'all', '--yes', '--when', 'b: found(a)'],
      ...['--op', 'a: account --name ^intruder$', '--op', 'b: file --path /etc --name ^passwd$']
    )
    const text = JSON.stringify(lines)
    const ends = lines
      .filter(({ type }) => type === 'host')
      .map(({ operations }) =>
        (operations as Record<string, unknown>[]).map(({ op, verdict, code }) => [op, verdict, code])
      )
    const wanted = [
      [
        ['a', 'no', null],
        ['b', null, 'not-met']
      ],
      [
        ['a', 'yes', null],
        ['b', 'yes', null]
      ]
    ]
    assert.deepEqual(ends.sort(), wanted.sort(), text)
    assert.deepEqual(
      lines
        .filter(({ type }) => type === 'row')
        .map(({ op }) => op)
        .sort(),
      ['a', 'b'],
      text
    )
  })

  await t.test(
    'odd and known: the host with the rare file is first, and a list lights its name',
    async () => {
      for (const host of [0, 1]) put(host, 'etc/cron.d/ordinary', '')
      put(1, 'etc/cron.d/rarely-so', '')
      const odd = [
        'odd',
        'file',
        '--path',
        '/etc/cron.d',
        '--name',
        '.',
        '-t',
        'all',
        '--yes',
        '--column',
        'path'
      ]
      const [first, second] = await fleet.ask(...odd)
      const text = JSON.stringify([first, second])
      assert.deepEqual([first?.['type'], first?.['bits'], second?.['bits']], ['odd', 1, 0], text)
      assert.ok(!text.includes('rarely-so'), 'nobody has told the name')
      const list = join(fleet.julien, 'list.txt')
      writeFileSync(list, '/etc/cron.d/rarely-so\n')
      await fleet.ask('known', 'add', '--file', list)
      const again = await fleet.ask('odd', String(first?.['action']), '--column', 'path')
      assert.ok(JSON.stringify(again).includes('rarely-so'), JSON.stringify(again))
    }
  )

  await t.test('an action of MIG: imported, asked, and its policy goes along', async () => {
    put(1, 'opt/evil/legend.txt', 'x')
    const [was, asked] = [join(fleet.julien, 'mig.json'), join(fleet.julien, 'asked.json')]
    const scribedoc = {
      objects: [{ object: 'o', hasline: { path: '/etc', file: '^passwd$', expression: '^intruder:' } }],
      tests: [{ test: 'intruder', object: 'o', exactmatch: { value: 'true' } }]
    }
    writeFileSync(
      was,
      JSON.stringify({
        ...{ name: 'iocs', target: "queueloc LIKE 'linux.%' AND mode='daemon'", syntaxversion: 2 },
        threat: { family: 'hidden-family' },
        operations: [
          { module: 'file', parameters: { searches: { s: { paths: ['/opt/*'], names: ['^legend'] } } } },
          { module: 'scribe', parameters: { scribedoc, onlytrue: true } }
        ]
      })
    )
    const [composition] = await fleet.ask('import', 'mig', was)
    writeFileSync(asked, JSON.stringify(composition))
    const lines = await fleet.ask('compose', asked, '--yes')
    const rows = lines.filter(({ type }) => type === 'row').map(({ op }) => op)
    assert.deepEqual(rows.sort(), ['o1', 'o2'], JSON.stringify(lines))
  })

  await t.test('agentinfo', async () => {
    const lines = await fleet.ask('agentinfo', '-t', 'all', '--yes', '--started', '<1h', '--charter', '>1')
    const rows = lines.filter(({ type }) => type === 'row')
    assert.deepEqual(
      rows.map(({ rooted, charter }) => [rooted, charter]),
      [
        [true, 1],
        [true, 1]
      ],
      JSON.stringify(lines)
    )
  })

  await t.test('persistence', async () => {
    put(1, 'etc/cron.d/zq-odd-job', '*/5 * * * * root /opt/hidden-words/x\n')
    const lines = await fleet.ask('persistence', '-t', 'all', '--yes', '--kind', 'cron', '--runs', '^/opt/')
    const rows = lines.filter(({ type }) => type === 'row')
    const text = JSON.stringify(lines)
    assert.deepEqual([rows.length, rows[0]?.['kind'], rows[0]?.['line']], [1, 'cron', 1], text)
    assert.ok(!text.includes('hidden-words') && !text.includes('zq-odd'), 'no command and no path in clear')
  })

  await t.test('package', async () => {
    put(1, 'var/lib/dpkg/status', dpkgRecord('openssl', '3.0.9-1') + dpkgRecord('hidden-name', '2'))
    put(0, 'var/lib/dpkg/status', dpkgRecord('openssl', '3.0.11-1'))
    const lines = await fleet.ask('package', '-t', 'all', '--yes', '--version', '<3.0.11-1~')
    const rows = lines.filter(({ type }) => type === 'row')
    const text = JSON.stringify(lines)
    assert.deepEqual(rows.map(row => row['version']).sort(), ['2', '3.0.9-1'], text)
    assert.ok(!text.includes('hidden-name'), 'hashed answers hold no name that nobody asked for')
  })

  await t.test('log', async () => {
    const line = 'Nov 24 09:00:00 h sshd[7]: Failed password for hidden-words from 203.0.113.7'
    put(1, 'var/log/auth.log', `${line}\n${line}\n`)
    const lines = await fleet.ask(
      'log',
      '-t',
      'all',
      '--yes',
      '--program',
      '^sshd$',
      '--pattern',
      'Failed password'
    )
    const rows = lines.filter(({ type }) => type === 'row')
    const text = JSON.stringify(lines)
    assert.deepEqual(
      rows.map(({ count, program }) => [count, program]),
      [[2, { t: 'sshd' }]],
      text
    )
    assert.ok(!text.includes('hidden-words') && !text.includes('203.0.113.7'), 'no line leaves')
  })

  await t.test('policy', async () => {
    const document = join(testDirectory(), 'policy.json')
    const evr = { operation: '<', value: '3.0.11-1~' }
    writeFileSync(
      document,
      JSON.stringify({
        objects: [{ object: 'o', package: { name: 'openssl' } }],
        tests: [{ test: 'old-openssl', object: 'o', evr }]
      })
    )
    put(1, 'var/lib/dpkg/status', dpkgRecord('openssl', '3.0.9-1'))
    const lines = await fleet.ask('policy', '-t', 'all', '--yes', '--document', document)
    const rows = lines.filter(({ type }) => type === 'row')
    assert.deepEqual([rows.length, rows[0]?.['test'], rows[0]?.['verdict']], [1, 'old-openssl', 'true'])
    assert.ok(!JSON.stringify(rows).includes('3.0.9'), 'no value leaves a host')
  })

  await t.test('container', async () => {
    const at = 'var/lib/docker/containers/odd'
    const about = { ID: 'ab'.repeat(32), Name: '/hidden-words', Config: { Env: ['TOKEN=hidden-value'] } }
    put(1, `${at}/config.v2.json`, JSON.stringify(about))
    put(1, `${at}/hostconfig.json`, JSON.stringify({ Privileged: true, PidMode: 'host' }))
    const lines = await fleet.ask('container', '-t', 'all', '--yes', '--privileged', '--shares', 'pid')
    const rows = lines.filter(({ type }) => type === 'row')
    const text = JSON.stringify(lines)
    assert.deepEqual(
      [rows.length, rows[0]?.['runtime'], rows[0]?.['capabilities']],
      [1, 'docker', 'ALL'],
      text
    )
    assert.ok(!/hidden|TOKEN/.test(text), 'no name, no variable, and no value of one in clear')
  })

  await t.test('the actions that MIG was published with are asked as they are', () => askMigActions(fleet))

  await t.test('every example of every module that reads files works as it is written', async () => {
    const files = (spec: ModuleSpec): boolean => spec.anyRoot && !spec.watch
    assert.ok((await askEveryExample(fleet, fleet.hosts[1]!.name, files)) > 35)
  })

  await t.test('every example of fswatch stands as it is written', () => examplesStand(fleet))

  await t.test('fswatch: stands, over kill -9, until it is cancelled', () => standing(fleet, put))

  await t.test('yara, with rules that go along as an attachment', async () => {
    put(1, 'srv/www/shell.php', `${'x'.repeat(100)}planted-web-shell`)
    const rules = join(fleet.hosts[0]!.root, '..', 'rules.yar')
    const others = Array.from(
      { length: 2_000 },
      (_, i) => `rule r${i} { strings: $a = "no such ${i}" condition: $a }`
    )
    writeFileSync(
      rules,
      ['rule shell { strings: $a = "planted-web-shell" condition: $a }', ...others].join('\n')
    )
    const asked = (home: string) => {
      const question = ['yara', '-t', 'all', '--yes', '--rules', rules, '--path', '/srv']
      return fleet.fleet.run('gumshoe', [...question, '--json', '--home', home])
    }
    const alone = await asked(fleet.julien)
    assert.equal(alone.status, 4, 'so many rules take the quorum of what is sensitive')
    assert.match(alone.screen, /quorum/)
    const lines = linesOf((await asked(fleet.anna)).stdout)
    const rows = lines.filter(({ type }) => type === 'row')
    const text = JSON.stringify(lines)
    assert.deepEqual([rows.length, rows[0]?.['offset']], [1, 100], text)
    assert.ok(!text.includes('planted'), 'nothing of what matched')
  })
})
