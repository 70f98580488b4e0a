import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { byPath } from '../../src/modules/lib/host/by-path.ts'
import { elfPlaces } from '../../src/modules/lib/packages/elf-sections.ts'
import { bdbValues } from '../../src/modules/lib/packages/rpm-bdb.ts'
import { headerOf } from '../../src/modules/lib/packages/rpm-header.ts'
import { ndbValues } from '../../src/modules/lib/packages/rpm-ndb.ts'
import { sqliteBlobs } from '../../src/modules/lib/packages/rpm-sqlite.ts'
import { compareVersions, isVersion, PACKAGE_KINDS } from '../../src/modules/lib/versions/compare.ts'
import { comparePep440 } from '../../src/modules/lib/versions/pep440.ts'
import { packages } from '../../src/modules/package.ts'
import { plant } from '../support/ask-file.ts'
import { askModule } from '../support/ask-module.ts'
import {
  bdb,
  dpkgRecord,
  goProgram,
  ndb,
  programWith,
  rpmHeader,
  rpmSqlite
} from '../support/package-files.ts'

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

/** How many values come before one is told again, which must be noticed. */
const toldOnce = (values: Iterable<Uint8Array>): number => {
  let count = 0
  assert.throws(() => {
    for (const _ of values) count++
  })
  return count
}

test('ndb: of a thousand slots that point to one blob, or to one in another, none is looked at again', () => {
  const one = ndb(BLOBS)
  for (let at = 32; at < 4_096; at += 16) one.copy(one, at, 32, 48)
  assert.equal(toldOnce(ndbValues(one)), 1)
  // Each blob reaches to the end of the file, so that the first ones hold all that follow.
  const nested = ndb(Array.from({ length: 200 }, () => Buffer.alloc(4)))
  for (let at = 4_096; at < nested.length; at += 32) nested.writeUInt32LE(nested.length - at - 16, at + 12)
  assert.ok(toldOnce(ndbValues(nested)) < 4)
})

test('SQLite and Berkeley DB: many cells of a page that point to one record are a damaged database', async t => {
  const sqlite = rpmSqlite(BLOBS)
  const size = sqlite.readUInt16BE(16)
  for (let page = size; page < sqlite.length; page += size) {
    if (sqlite[page] !== 13) continue
    for (let i = 1; i < sqlite.readUInt16BE(page + 3); i++)
      sqlite.copy(sqlite, page + 8 + 2 * i, page + 8, page + 10)
  }
  assert.ok(toldOnce(sqliteBlobs(sqlite)) <= sqlite.length / size)
  // Each pair of one page of 64 KiB says that its value fills the page.
  const berkeley = bdb([rpmHeader({ name: 'p', version: '1' })], { size: 65_536 })
  for (let i = 0; i < 1_000; i++) berkeley.writeUInt16LE(i % 2 === 0 ? 65_535 : 4_096, 65_536 + 26 + 2 * i)
  berkeley[65_536 + 4_096] = 1
  berkeley.writeUInt16LE(1_000, 65_536 + 20)
  assert.equal(toldOnce(bdbValues(berkeley)), 1)
  for (const [name, bytes] of [
    ['rpmdb.sqlite', sqlite],
    ['Packages', berkeley]
  ] as const) {
    const { outcome } = await askModule(packages, plant(t, { [`var/lib/rpm/${name}`]: bytes }), {
      name: ['^no$']
    })
    assert.equal(outcome.coverage.unreadable, 1, name)
  }
})

test('marks of Go whose text is a megabyte each are not copied, and sections that lie are told', async t => {
  const mark = Buffer.alloc(32)
  mark.write('\xff Go buildinf:\x08\x02', 'latin1')
  // A length of almost a megabyte stands behind each mark, of `go` and anything.
  const lying = Buffer.concat(
    Array.from({ length: 16_384 }, () =>
      Buffer.concat([mark, Buffer.from([0xf0, 0xff, 0x3f]), Buffer.from('go'.padEnd(29))])
    )
  )
  const section = Buffer.from(goProgram('go1.21', 'dep\ta\tv1\n'))
  section.writeBigUInt64LE(2n ** 60n, section.length - 3 * 64 + 64 + 24)
  const table = Buffer.from(section)
  table.writeUInt16LE(60_000, 60)
  const root = plant(t, {
    'bin/elf': programWith(lying, 4_096, 'elf'),
    'bin/stripped': programWith(lying, 4_096, 'stripped'),
    'bin/macho': programWith(lying, 4_096, 'macho'),
    'bin/section': section,
    'bin/table': table
  })
  for (const name of ['elf', 'stripped', 'macho', 'section', 'table'])
    chmodSync(join(root, 'bin', name), 0o755)
  const before = process.memoryUsage().arrayBuffers
  const { rows, outcome } = await askModule(packages, root, { kind: ['go'], path: ['/bin'] })
  assert.ok(process.memoryUsage().arrayBuffers - before < 64 << 20)
  assert.deepEqual([rows.length, outcome.errors], [0, { 'odd-record': 2, 'too-large': 1 }])
})

test('an ELF file with any of its bytes turned over ends in an answer', async t => {
  const whole = goProgram('go1.21', 'dep\ta\tv1\n')
  const places = [
    ...Array.from({ length: 128 }, (_, i) => i),
    ...Array.from({ length: 192 }, (_, i) => whole.length - 1 - i)
  ]
  const root = plant(t)
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...places), fc.nat(255)), { maxLength: 6 }), changes => {
      const bytes = Buffer.from(whole)
      for (const [at, value] of changes) bytes[at] = value
      writeFileSync(join(root, 'program'), bytes)
      const open = byPath(root).open(Buffer.from('program'))
      try {
        const places = elfPlaces(open, { left: 1 << 20 }, '.go.buildinfo')
        assert.ok(places === undefined || typeof places === 'object')
      } finally {
        open.close()
      }
    }),
    { numRuns: 200 }
  )
})

test('names of a megabyte are told as odd, and no expression is held against them', async t => {
  const long = 'a'.repeat(1_000_000)
  const root = plant(t, {
    'opt/node_modules/a/package.json': `{"name": "${long}", "version": "1.0.0"}`,
    'var/lib/dpkg/status': dpkgRecord(long, '1') + dpkgRecord('b', '1', `Source: ${long}\n`),
    'bin/go': goProgram('go1.21', `dep\t${long.slice(0, 500_000)}\tv1\n`)
  })
  chmodSync(join(root, 'bin/go'), 0o755)
  const flags = { kind: ['npm', 'dpkg', 'go'], path: ['/opt', '/bin'], name: ['^a+$'] }
  const { rows, outcome } = await askModule(packages, root, flags)
  assert.deepEqual([rows.length, outcome.errors], [0, { 'odd-record': 3 }])
  const built = await askModule(packages, root, { source: ['^a+$'] })
  assert.deepEqual([built.rows.length, built.outcome.errors], [0, { 'odd-record': 2 }])
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
