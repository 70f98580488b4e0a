import assert from 'node:assert/strict'
import { chmodSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { packages } from '../../../src/modules/package.ts'
import type { Row } from '../../../src/modules/spec.ts'
import { plant } from '../../support/ask-file.ts'
import { askModule, column } from '../../support/ask-module.ts'
import { bdb, dpkgRecord, goProgram, ndb, rpmHeader, rpmSqlite } from '../../support/package-files.ts'

const STATUS = 'var/lib/dpkg/status'

/** `name version`, sorted. */
const told = (rows: readonly Row[]): string[] =>
  rows.map(row => `${column([row], 'name')[0]} ${String(row['version'])}`).sort()

test('dpkg: what is installed, with its source and the moment of its installation', async t => {
  const root = plant(t, {
    [STATUS]: [
      dpkgRecord('openssl', '3.0.11-1~deb12u2'),
      dpkgRecord('libssl3', '3.0.11-1~deb12u2', 'Multi-Arch: same\nSource: openssl (3.0.11-1~deb12u2)\n'),
      dpkgRecord('gone', '1').replace('install ok installed', 'deinstall ok config-files'),
      dpkgRecord('half', '2').replace('install ok installed', 'install reinstreq half-installed'),
      dpkgRecord('waits', '3').replace('ok installed', 'ok triggers-awaited'),
      dpkgRecord('never', '4').replace('install ok installed', 'unknown ok not-installed')
    ].join(''),
    'var/lib/dpkg/info/libssl3:amd64.list': '',
    'var/lib/dpkg/status.d/base': 'Package: base-files\nVersion: 12.4\n',
    'var/lib/dpkg/status.d/base.md5sums': 'Package: nothing\n'
  })
  utimesSync(join(root, 'var/lib/dpkg/info/libssl3:amd64.list'), 1_700_000_000, 1_700_000_000)
  const { rows, outcome } = await askModule(packages, root, {})
  assert.deepEqual(told(rows), [
    'base-files 12.4',
    'libssl3 3.0.11-1~deb12u2',
    'openssl 3.0.11-1~deb12u2',
    'waits 3'
  ])
  const libssl = rows.find(row => column([row], 'name')[0] === 'libssl3')!
  assert.deepEqual(column([libssl], 'source'), ['openssl'])
  assert.deepEqual([libssl['arch'], libssl['state'], libssl['installed']], ['amd64', 'installed', 1.7e12])
  assert.deepEqual([outcome.coverage.seen, outcome.counts['dpkg'], outcome.counts['rpm']], [6, 4, 0])
  const rest = await askModule(packages, root, { state: ['removed', 'unfinished'] })
  assert.deepEqual(told(rest.rows), ['gone 1', 'half 2'])
})

test('dpkg: what is still in its updates counts as written', async t => {
  const root = plant(t, {
    [STATUS]: dpkgRecord('a', '1') + dpkgRecord('b', '1'),
    'var/lib/dpkg/updates/0000': dpkgRecord('b', '2'),
    'var/lib/dpkg/updates/0001': dpkgRecord('b', '3'),
    'var/lib/dpkg/updates/tmp.i': dpkgRecord('b', '9')
  })
  assert.deepEqual(told((await askModule(packages, root, {})).rows), ['a 1', 'b 3'])
})

const RPMS = [
  {
    name: 'openssl',
    epoch: 1,
    version: '1.1.1k',
    release: '9.el8',
    arch: 'x86_64',
    installTime: 1_700_000_000
  },
  {
    name: 'libuuid',
    version: '2.32.1',
    release: '42.el8_8',
    sourceRpm: 'util-linux-2.32.1-42.el8_8.src.rpm'
  },
  { name: 'long', version: '9', release: '1', sourceRpm: `${'x'.repeat(20_000)}-1-1.src.rpm` }
].map(rpmHeader)

const FORMS = {
  'rpmdb.sqlite': rpmSqlite(RPMS),
  'Packages.db': ndb(RPMS),
  Packages: bdb(RPMS)
}

for (const [name, bytes] of Object.entries(FORMS))
  test(`rpm: every package of ${name}`, async t => {
    const root = plant(t, { [`usr/lib/sysimage/rpm/${name}`]: bytes, 'var/lib/else': '' })
    // Both names of one place: each package is told once.
    symlinkSync('../../usr/lib/sysimage/rpm', join(root, 'var/lib/rpm'))
    const { rows, outcome } = await askModule(packages, root, {})
    assert.deepEqual(told(rows), ['libuuid 2.32.1-42.el8_8', 'long 9-1', 'openssl 1:1.1.1k-9.el8'])
    assert.deepEqual(
      [outcome.coverage.seen, outcome.coverage.unreadable, outcome.coverage.skipped],
      [3, 0, 0]
    )
    const [openssl] = rows.filter(row => column([row], 'name')[0] === 'openssl')
    assert.deepEqual([openssl!['arch'], openssl!['installed']], ['x86_64', 1.7e12])
    const built = await askModule(packages, root, { source: ['^util-linux$'] })
    assert.deepEqual(told(built.rows), ['libuuid 2.32.1-42.el8_8'])
  })

test('rpm: Berkeley DB of the other byte order, and the newest of several databases', async t => {
  const root = plant(t, { 'var/lib/rpm/Packages': bdb(RPMS, { isBig: true }) })
  assert.equal((await askModule(packages, root, {})).rows.length, 3)
  writeFileSync(join(root, 'var/lib/rpm/Packages.db'), ndb(RPMS.slice(0, 1)))
  const { rows, outcome } = await askModule(packages, root, {})
  assert.deepEqual([rows.length, outcome.errors['older-database']], [1, 1])
})

test('apk and pacman', async t => {
  const root = plant(t, {
    'lib/apk/db/installed':
      'C:Q1abc=\nP:musl\nV:1.2.4-r2\nA:x86_64\no:musl\nT:the musl library\nF:lib\nR:ld.so\n\nP:libcrypto3\nV:3.1.4-r5\nA:x86_64\no:openssl\n\n',
    'var/lib/pacman/local/ALPM_DB_VERSION': '9\n',
    'var/lib/pacman/local/zlib-1:1.3.1-1/desc':
      '%NAME%\nzlib\n\n%VERSION%\n1:1.3.1-1\n\n%BASE%\nzlib-base\n\n%ARCH%\nx86_64\n\n%INSTALLDATE%\n1700000000\n\n'
  })
  const { rows } = await askModule(packages, root, {})
  assert.deepEqual(told(rows), ['libcrypto3 3.1.4-r5', 'musl 1.2.4-r2', 'zlib 1:1.3.1-1'])
  assert.equal(rows.find(row => row['kind'] === 'pacman')?.['installed'], 1.7e12)
  const built = await askModule(packages, root, { source: ['^openssl$'], kind: ['apk'] })
  assert.deepEqual(told(built.rows), ['libcrypto3 3.1.4-r5'])
})

test('Python, npm and Ruby, wherever they lie below the paths', async t => {
  const at = 'opt/app'
  const root = plant(t, {
    [`${at}/lib/python3/PyYAML-6.0.dist-info/METADATA`]:
      'Metadata-Version: 2.1\r\nName: PyYAML\r\nVersion: 6.0\r\n\r\nName: of the description\n',
    [`${at}/old-1.0.egg-info/PKG-INFO`]: 'Name: old\nVersion: 1.0.post1\n',
    [`${at}/very.old-0.1.egg-info`]: 'Name: very.old\nVersion: 0.1\n',
    [`${at}/egg/EGG-INFO/PKG-INFO`]: 'Name: egg\nVersion: 2\n',
    [`${at}/METADATA`]: 'Name: none\nVersion: 1\n',
    [`${at}/package.json`]: '{"name": "own", "version": "0"}',
    [`${at}/node_modules/left-pad/package.json`]: '{"name": "left-pad", "version": "1.3.0"}',
    [`${at}/node_modules/left-pad/lib/package.json`]: '{"name": "inside", "version": "1"}',
    [`${at}/node_modules/@scope/one/package.json`]: '{"name": "@scope/one", "version": "2.0.0-rc.1"}',
    [`${at}/node_modules/a/node_modules/b/package.json`]: '{"name": "b", "version": "1.0.0"}',
    [`${at}/gems/specifications/rake-13.0.6.gemspec`]:
      '# -*- encoding: utf-8 -*-\n# stub: rake 13.0.6 ruby lib\n\nGem::Specification.new do |s|\n',
    [`${at}/gems/specifications/default/json-2.6.1-x86_64-linux.gemspec`]: 'Gem::Specification.new\n',
    [`${at}/gems/gems/rake/rake.gemspec`]: ''
  })
  const { rows, outcome } = await askModule(packages, root, { path: ['/opt'] })
  assert.deepEqual(told(rows), [
    '@scope/one 2.0.0-rc.1',
    'PyYAML 6.0',
    'b 1.0.0',
    'egg 2',
    'json 2.6.1',
    'left-pad 1.3.0',
    'old 1.0.post1',
    'rake 13.0.6',
    'very.old 0.1'
  ])
  assert.deepEqual(outcome.counts, { python: 4, npm: 3, gem: 2, go: 0 })
  const normal = await askModule(packages, root, { path: ['/opt'], name: ['^pyyaml$', '^very-old$'] })
  assert.deepEqual(told(normal.rows), ['PyYAML 6.0', 'very.old 0.1'])
  assert.deepEqual(column(normal.rows, 'path').sort()[0], `/${at}/lib/python3/PyYAML-6.0.dist-info/METADATA`)
  assert.equal((await askModule(packages, root, {})).rows.length, 0, 'nobody asked for languages')
  const missing = await askModule(packages, root, { path: ['/opt', '/nowhere'] })
  assert.deepEqual(missing.outcome.errors, { 'path-missing': 1 })
  assert.deepEqual(
    (await askModule(packages, root, { kind: ['npm'] })).outcome.errors,
    { 'not-found': 5 },
    'nobody named it'
  )
})

test('Go: modules and toolchain of programs, wherever the mark lies, and not what only looks like one', async t => {
  const modules = [
    'path\texample.com/tool',
    'mod\texample.com/tool\t(devel)\t',
    'dep\tgolang.org/x/net\tv0.17.0\th1:abc=',
    'dep\tgithub.com/old/one\tv1.0.0\th1:abc=',
    '=>\tgithub.com/new/one\tv1.2.0+incompatible\th1:abc=',
    'build\t-compiler=gc',
    ''
  ].join('\n')
  const late = goProgram('go1.22rc1', modules, { at: 3 * 256 * 1024 - 16, form: 'macho' })
  late.write('\xff Go buildinf:', 128, 'latin1')
  const root = plant(t, {
    'bin/tool': goProgram('go1.21.3 X:nocoverageredesign', modules),
    'bin/late': late,
    'bin/stripped': goProgram('go1.23.1', modules, { form: 'stripped' }),
    'bin/notes': goProgram('go1.20', modules),
    'bin/other': Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(100_000)]),
    'bin/script': `#!/bin/sh\n${'#'.repeat(70_000)}\xff Go buildinf:`
  })
  for (const name of ['tool', 'late', 'stripped', 'other', 'script'])
    chmodSync(join(root, 'bin', name), 0o755)
  const flags = { kind: ['go'], path: ['/bin'] }
  const { rows } = await askModule(packages, root, { ...flags, name: ['^(stdlib|g)'] })
  const expected = [
    'github.com/new/one v1.2.0+incompatible',
    'golang.org/x/net v0.17.0',
    'stdlib 1.21.3',
    'stdlib 1.22rc1',
    'stdlib 1.23.1'
  ]
  assert.deepEqual([...new Set(told(rows))], expected)
  assert.equal(rows.length, 9)
  const old = await askModule(packages, root, { ...flags, name: ['^stdlib$'], version: ['<1.22.0-rc.1'] })
  assert.deepEqual(told(old.rows), ['stdlib 1.21.3'])
})

test('versions are compared by the rules of their kind, together with names', async t => {
  const root = plant(t, {
    [STATUS]:
      dpkgRecord('tool', '1.0~rc1-1') + dpkgRecord('tool-dev', '1.0-1') + dpkgRecord('other', '2:0.1-1'),
    'var/lib/rpm/Packages.db': ndb([rpmHeader({ name: 'tool', version: '1.0', release: '1' })])
  })
  const ask = async (flags: Record<string, unknown>) => told((await askModule(packages, root, flags)).rows)
  assert.deepEqual(await ask({ version: ['<1.0-1'] }), ['tool 1.0~rc1-1'])
  assert.deepEqual(await ask({ version: ['>=1.0', '<2'] }), ['tool 1.0-1', 'tool-dev 1.0-1'])
  assert.deepEqual(await ask({ version: ['=1.0-1'], kind: ['dpkg'] }), ['tool-dev 1.0-1'])
  assert.deepEqual(await ask({ version: ['> 1:0'] }), ['other 2:0.1-1'])
  assert.deepEqual(await ask({ version: ['~rc', '!^9'] }), ['tool 1.0~rc1-1'])
  assert.deepEqual(await ask({ name: ['^tool', '^oth', '!dev$'], kind: ['dpkg'] }), [
    'other 2:0.1-1',
    'tool 1.0~rc1-1'
  ])
  assert.deepEqual(await ask({ arch: ['amd64'] }), ['other 2:0.1-1', 'tool 1.0~rc1-1', 'tool-dev 1.0-1'])
})

test('a version that nobody can judge makes no "no", and leaves no host', async t => {
  const root = plant(t, {
    [STATUS]: dpkgRecord('odd', 'secret words of the host') + dpkgRecord('none', ''),
    'x/node_modules/left-pad/package.json': '{"name": "left-pad", "version": "workspace"}'
  })
  const all = await askModule(packages, root, {})
  assert.deepEqual(told(all.rows), ['none undefined', 'odd undefined'])
  assert.ok(!JSON.stringify(all).includes('secret'))
  const asked = await askModule(packages, root, { version: ['<1'] })
  assert.deepEqual([asked.rows.length, asked.outcome.coverage.skipped], [0, 2])
  const npm = await askModule(packages, root, { path: ['/x'], version: ['<1'] })
  assert.deepEqual([npm.rows.length, npm.outcome.errors['odd-version']], [0, 1])
})

test('what was typed wrong is told before anybody is asked', () => {
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{ name: ['('] }, /^--name \( is no regular expression/],
    [{ version: ['<'] }, /^--version <: nothing is no version of dpkg/],
    [{ version: ['<1 2'] }, /is no version/],
    [{ version: ['<latest'], kind: ['npm'] }, /latest is no version of npm/],
    [{ kind: ['brew'] }, /^--kind/],
    [{ kind: ['npm', 'npm'] }, /^--kind: each kind is named once/],
    [{ kind: ['rpm'], path: ['/opt'] }, /^--path goes with --kind python, npm, gem, go only/],
    [{ path: ['opt'] }, /^--path/],
    [{ state: ['there'] }, /^--state/]
  ]
  for (const [flags, message] of wrong)
    assert.throws(() => packages.fromFlags(flags, 0), { code: 'bad-params', message })
})

test('says in words what is asked, and names its literals', () => {
  const say = (flags: Record<string, unknown>) => packages.say(packages.fromFlags(flags, 0))
  assert.equal(
    say({ name: ['^a$', 'b', '!c'], version: ['<1'], kind: ['dpkg'] }),
    'packages of dpkg named ^a$ or b and not named c and of version <1. Changes nothing; runs no package manager.'
  )
  assert.match(say({ kind: ['npm'] }), /^packages of npm under \/usr, \/opt/)
  assert.deepEqual(packages.literals(packages.fromFlags({ name: ['^a$', 'b.*'], source: ['^s$'] }, 0)), [
    'a',
    's'
  ])
})
