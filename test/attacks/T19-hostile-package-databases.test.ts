import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { bdbValues } from '../../src/modules/lib/packages/rpm-bdb.ts'
import { headerOf } from '../../src/modules/lib/packages/rpm-header.ts'
import { ndbValues } from '../../src/modules/lib/packages/rpm-ndb.ts'
import { sqliteBlobs } from '../../src/modules/lib/packages/rpm-sqlite.ts'
import { compareVersions, isVersion, PACKAGE_KINDS } from '../../src/modules/lib/versions/compare.ts'
import { comparePep440 } from '../../src/modules/lib/versions/pep440.ts'
import { packages } from '../../src/modules/package.ts'
import { plant } from '../support/ask-file.ts'
import { askModule } from '../support/ask-module.ts'
import { bdb, dpkgRecord, goProgram, ndb, rpmHeader, rpmSqlite } from '../support/package-files.ts'

/**
 * T19. A host's own records of packages were made to crash or to hold whoever reads them, or to put words of the host where
 * only versions should stand. Expected: an answer that says what was not seen, in bounded time and memory, and no such words.
 */

const BLOBS = Array.from({ length: 20 }, (_, i) =>
  rpmHeader({ name: `p${i}`, version: '1', release: '1', sourceRpm: 'x'.repeat(100 * i) })
)
const DATABASES: [string, Buffer][] = [
  ['rpmdb.sqlite', rpmSqlite(BLOBS)],
  ['Packages.db', ndb(BLOBS)],
  ['Packages', bdb(BLOBS, { size: 512 })]
]

for (const [name, whole] of DATABASES) {
  test(`${name}: cut off anywhere, it is a partial answer and never a plain no`, async t => {
    for (const part of [0.01, 0.2, 0.5, 0.9, 0.999]) {
      const root = plant(t, { [`var/lib/rpm/${name}`]: whole.subarray(0, Math.floor(whole.length * part)) })
      const { rows, outcome } = await askModule(packages, root, { name: ['^p'] })
      const { unreadable, skipped } = outcome.coverage
      const isTold = unreadable + skipped > 0
      assert.ok(isTold || rows.length === BLOBS.length, `${part}: ${rows.length} rows`)
      assert.ok(isTold || part > 0.9, 'what ends a database may be of no use to it')
    }
  })

  test(`${name}: with bytes turned over, it ends and tells at most what there is`, async t => {
    const random = fc.sample(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 40 }),
      {
        numRuns: 60,
        seed: 7
      }
    )
    const root = plant(t)
    for (const [i, changes] of random.entries()) {
      const bytes = Buffer.from(whole)
      for (const [at, value] of changes) bytes[at] = value
      const host = plant(t, { [`${i}/var/lib/rpm/${name}`]: bytes })
      const { rows } = await askModule(packages, join(host, String(i)), {})
      assert.ok(rows.length <= 2 * BLOBS.length, `${rows.length} rows`)
    }
    assert.equal((await askModule(packages, root, {})).rows.length, 0)
  })
}

test('Berkeley DB: chains that come back to themselves, or to each other, end', () => {
  const bytes = bdb(BLOBS.slice(10), { size: 512 })
  const pages = bytes.length / 512
  for (let page = 2; page < pages; page++) bytes.writeUInt32LE(2, page * 512 + 16)
  const values = [...bdbValues(bytes)]
  assert.ok(values.reduce((sum, value) => sum + value.length, 0) <= bytes.length)
  // Every item says that it is as long as can be.
  for (let at = 512; at < 1_024; at++) if (bytes[at] === 3) bytes.writeUInt32LE(0xffffffff, at + 8)
  assert.ok([...bdbValues(bytes)].reduce((sum, value) => sum + value.length, 0) <= bytes.length)
})

test('SQLite: trees that come back to themselves, and records that are longer than the file, end', () => {
  const whole = rpmSqlite(BLOBS)
  const size = whole.readUInt16BE(16)
  const bend = (change: (bytes: Buffer, page: number) => void): void => {
    const bytes = Buffer.from(whole)
    for (let page = size; page < bytes.length; page += size) change(bytes, page)
    assert.throws(() => [...sqliteBlobs(bytes)])
  }
  assert.equal([...sqliteBlobs(whole)].length, BLOBS.length)
  for (const to of [0, 1, 2, 0xffffffff])
    bend((bytes, page) => bytes[page] === 5 && bytes.writeUInt32BE(to, page + 8))
  // The length of the first record, and where it lies.
  bend(
    (bytes, page) => bytes[page] === 13 && bytes.fill(0xff, page + bytes.readUInt16BE(page + 8), page + size)
  )
  bend((bytes, page) => bytes[page] === 13 && bytes.writeUInt16BE(size - 1, page + 8))
  bend((bytes, page) => bytes[page] === 13 && bytes.writeUInt16BE(0xffff, page + 3))
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), tail => {
      const bytes = Buffer.concat([whole.subarray(0, 100), tail, Buffer.alloc(4_096)])
      try {
        for (const blob of sqliteBlobs(bytes)) assert.ok(blob.length <= bytes.length)
      } catch (error) {
        assert.ok(error instanceof Error && !(error instanceof assert.AssertionError))
      }
    })
  )
})

test('ndb: a thousand slots that point to one blob tell it once', () => {
  const bytes = ndb(BLOBS)
  for (let at = 32; at < 4_096; at += 16) bytes.copy(bytes, at, 32, 48)
  assert.equal([...ndbValues(bytes)].length, 1)
})

test('a header that promises more than there is says nothing', () => {
  const header = rpmHeader({ name: 'p', version: '1', release: '1' })
  for (const at of [0, 4])
    for (const value of [0xffffffff, 0x10000000, header.length]) {
      const bytes = Buffer.from(header)
      bytes.writeUInt32BE(value, at)
      assert.equal(headerOf(bytes), undefined)
    }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => void headerOf(bytes)))
  fc.assert(
    fc.property(fc.nat(header.length - 1), fc.nat(255), (at, value) => {
      const bytes = Buffer.from(header)
      bytes[at] = value
      headerOf(bytes)
    })
  )
})

test('records of text that no manager wrote end in an answer', async t => {
  const hostile = fc
    .sample(
      fc.array(
        fc.constantFrom(
          'Package: ',
          'Version: ',
          'Status: ',
          'P:',
          'V:',
          '%NAME%',
          '\n',
          '\n\n',
          '\r\n',
          ' ',
          ':',
          '\0',
          'ä',
          'a'
        ),
        { maxLength: 60 }
      ),
      { numRuns: 40, seed: 11 }
    )
    .map(words => words.join(''))
  for (const text of [
    ...hostile,
    ':'.repeat(200_000),
    '\n'.repeat(200_000),
    `Package: ${'x'.repeat(5_000_000)}`,
    dpkgRecord('a', '1', `Source: a${' '.repeat(1_000_000)}b\n`)
  ]) {
    const root = plant(t, {
      'var/lib/dpkg/status': text,
      'lib/apk/db/installed': text,
      'var/lib/pacman/local/a-1/desc': text,
      'opt/a.egg-info': text,
      'opt/specifications/a-1.gemspec': text,
      'opt/node_modules/a/package.json': text
    })
    for (const flags of [{}, { path: ['/opt'] }, { path: ['/opt'], version: ['<1'] }]) {
      const { rows } = await askModule(packages, root, flags)
      for (const row of rows) assert.ok(row['version'] === undefined || isVersion(String(row['version'])))
    }
  }
})

test('a version of a megabyte is none, and costs nothing to compare', () => {
  for (const unit of ['1', '1.', 'a', '~', '1a', '1-', '.dev1', '+a.', ' ', '1.0.0-'])
    for (const kind of PACKAGE_KINDS)
      assert.equal(compareVersions(kind, unit.repeat(1 << 20), '1'), undefined)
  // As long as one may be, and made to be tried again and again.
  for (const unit of ['1', '1.', 'rc', '-', '1a', '.dev', 'post'])
    for (const kind of PACKAGE_KINDS) {
      const long = `1${unit.repeat(255)}`.slice(0, 255)
      compareVersions(kind, long, `${long.slice(0, 254)}!`)
    }
  comparePep440(`1${'.1'.repeat(50_000)}!`, '1')
})

test('nested node_modules without end, and links in circles, are walked once and to the depth of the house', async t => {
  const depth = 100
  const files: Record<string, string> = {}
  let at = 'opt'
  for (let i = 0; i < depth; i++) {
    at += `/node_modules/d${i}`
    files[`${at}/package.json`] = `{"name": "d${i}", "version": "1.0.${i}"}`
  }
  const root = plant(t, files)
  mkdirSync(join(root, 'opt/node_modules/loop'))
  symlinkSync('..', join(root, 'opt/node_modules/loop/node_modules'))
  symlinkSync('/opt', join(root, 'opt/node_modules/back'))
  const { rows, outcome } = await askModule(packages, root, { kind: ['npm'], path: ['/opt'] })
  assert.ok(rows.length >= 30 && rows.length < depth, `${rows.length} rows`)
  assert.ok(outcome.coverage.skipped > 0, 'what is too deep is told')
})

test('a package.json of nested brackets, and build information that lies about its length', async t => {
  const lying = goProgram('go1.21', 'dep\ta\tv1\n')
  lying.fill(0xff, lying.indexOf('go1.21') - 1, lying.indexOf('go1.21'))
  const marks = Buffer.alloc(2 << 20)
  for (let i = 0; i < marks.length; i += 16) marks.write('\xff Go buildinf:', i, 'latin1')
  marks.write('\x7fELF', 'latin1')
  const root = plant(t, {
    'opt/node_modules/a/package.json': '['.repeat(1_000_000),
    'opt/node_modules/b/package.json': '{"name": {"a": 1}, "version": ["1"]}',
    'opt/node_modules/c/package.json': '{"__proto__": {"name": "x"}, "version": "1.0.0"}',
    'bin/lying': lying,
    'bin/marks': marks
  })
  const { rows, outcome } = await askModule(packages, root, { path: ['/opt', '/bin'] })
  assert.deepEqual(rows.map(row => Buffer.from(row['name'] as Uint8Array).toString()).sort(), ['b', 'c'])
  assert.equal(outcome.errors['odd-record'], 1)
})

test('names with anything in them stay bytes', async t => {
  const root = plant(t, {
    'var/lib/dpkg/status': Buffer.from(dpkgRecord('a\u001b[2Jb', '1\u0007'), 'latin1')
  })
  const { rows } = await askModule(packages, root, {})
  assert.deepEqual([rows.length, rows[0]!['version']], [1, undefined])
  assert.ok(rows[0]!['name'] instanceof Uint8Array)
})
