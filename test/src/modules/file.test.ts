import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, statSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { GumshoeError } from '../../../src/errors.ts'
import { file } from '../../../src/modules/file.ts'
import { askFile, plant } from '../../support/ask-file.ts'

/** Every field and option of MIG's file module has its counterpart (mig.md 1.1), and result = match XOR `!` XOR mismatch. */

const NOW = Date.parse('2026-11-24T12:00:00Z')
const HOUR = 3_600_000
const text = 'one\nsecret = hunter2\nthree\n'

const host = (t: Parameters<typeof plant>[0]): string => {
  const root = plant(t, {
    'etc/passwd': 'root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\nalice:x:7001:7002::/:/bin/sh\n',
    'etc/group': 'root:x:0:\nstaff:x:7002:\n',
    'd/a.conf': text,
    'd/b.conf': 'one\nthree\n',
    'd/c.so': Buffer.concat([Buffer.alloc(1_500), Buffer.from('7f454c46', 'hex')]),
    'd/empty': ''
  })
  chmodSync(join(root, 'd/a.conf'), 0o640)
  chmodSync(join(root, 'd/b.conf'), 0o644)
  chmodSync(join(root, 'd/c.so'), 0o4755)
  chmodSync(join(root, 'd/empty'), 0o1666)
  const at = (name: string, hoursAgo: number) =>
    utimesSync(join(root, 'd', name), new Date(NOW - hoursAgo * HOUR), new Date(NOW - hoursAgo * HOUR))
  at('a.conf', 1)
  at('b.conf', 24)
  at('c.so', 24 * 100)
  at('empty', 0)
  if (process.getuid?.() === 0) chownSync(join(root, 'd/a.conf'), 7001, 7002)
  return root
}

const ALL = ['a.conf', 'b.conf', 'c.so', 'empty']

/** Flags of one check → the files that match it. */
const CHECKS: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  ['name', { name: ['\\.conf$'] }, ['a.conf', 'b.conf']],
  ['name', { name: ['(?i)^A\\.'] }, ['a.conf']],
  ['name', { name: ['d'] }, []],
  ['name', { name: ['!conf'] }, ['c.so', 'empty']],
  ['glob', { glob: ['?.conf'] }, ['a.conf', 'b.conf']],
  ['glob', { glob: ['*'] }, ALL],
  ['size', { size: ['0'] }, ['empty']],
  ['size', { size: ['<1504'] }, ALL],
  ['size', { size: ['<1503'] }, ['a.conf', 'b.conf', 'empty']],
  ['size', { size: ['>1k'] }, ['c.so']],
  ['size', { size: ['>1504'] }, ['c.so']],
  ['mode', { mode: ['^-rw-r-----$'] }, ['a.conf']],
  ['mode', { mode: ['^...s'] }, ['c.so']],
  ['mode', { mode: ['!^-rw-'] }, ['c.so']],
  ['setuid', { setuid: true }, ['c.so']],
  ['mtime', { mtime: ['<2h'] }, ['a.conf', 'empty']],
  ['mtime', { mtime: ['<90d'] }, ['a.conf', 'b.conf', 'empty']],
  ['mtime', { mtime: ['>90d'] }, ['c.so']],
  ['mtime', { mtime: ['>60m'] }, ['a.conf', 'b.conf', 'c.so']],
  ['mtime', { mtime: ['>2026-11-24T10:00:00Z'] }, ['a.conf', 'empty']],
  ['content', { content: ['hunter[0-9]'] }, ['a.conf']],
  ['content', { content: ['(?i)HUNTER'] }, ['a.conf']],
  ['content', { content: ['^one$'] }, ['a.conf', 'b.conf']],
  ['content', { content: ['one.three'] }, []],
  ['content', { content: ['!hunter'] }, ['b.conf', 'c.so', 'empty']],
  ['content', { content: ['^(one|three)$'], 'every-line': true }, ['b.conf']],
  ['bytes', { bytes: ['7F 45 4c:46'] }, ['c.so']],
  ['bytes', { bytes: ['6f6e650a74'] }, ['b.conf']]
]

test('each check, alone, and turned round by mismatch', async t => {
  const root = host(t)
  for (const [filter, flags, wanted] of CHECKS) {
    const names = async (more: Record<string, unknown>) =>
      (await askFile(root, { path: ['/d'], ...flags, ...more }, { now: NOW })).paths.map(path =>
        path.slice(3)
      )
    assert.deepEqual(await names({}), wanted, JSON.stringify(flags))
    assert.deepEqual(
      await names({ mismatch: [filter] }),
      ALL.filter(name => !wanted.includes(name)),
      `${JSON.stringify(flags)} inverted`
    )
  }
})

test('several checks together are an and; with --any each reports by itself', async t => {
  const root = host(t)
  const sets = new Map(CHECKS.map(([, flags, wanted]) => [JSON.stringify(flags), wanted]))
  await fc.assert(
    fc.asyncProperty(
      fc.subarray(CHECKS as (typeof CHECKS)[number][], { minLength: 1, maxLength: 5 }),
      async picked => {
        // An expression for every line would bind all the expressions of its search.
        const checks = picked.filter(([, flags]) => flags['every-line'] === undefined)
        const flags: Record<string, unknown> = { path: ['/d'] }
        for (const [, more] of checks)
          for (const [name, value] of Object.entries(more))
            flags[name] = Array.isArray(value) ? [...((flags[name] as unknown[]) ?? []), ...value] : value
        const all = await askFile(root, flags, { now: NOW })
        assert.deepEqual(
          all.paths.map(path => path.slice(3)),
          ALL.filter(name => checks.every(([, more]) => sets.get(JSON.stringify(more))!.includes(name)))
        )
        const any = await askFile(root, { ...flags, any: true }, { now: NOW })
        assert.equal(
          any.rows.length,
          checks.reduce((sum, [, , wanted]) => sum + wanted.length, 0)
        )
        assert.ok(any.rows.every(row => typeof row['check'] === 'string'))
      }
    ),
    { numRuns: 40 }
  )
})

test('owner and group, by the names that the host itself gives them, or by number', async t => {
  const root = host(t)
  const { uid, gid } = statSync(join(root, 'd/a.conf'))
  const asked = await askFile(root, { path: ['/d/a.conf'] })
  if (process.getuid?.() === 0) {
    assert.deepEqual([asked.rows[0]!['owner'], asked.rows[0]!['group']], ['alice', 'staff'])
    assert.deepEqual((await askFile(root, { path: ['/d'], owner: ['alice'], group: ['staff'] })).paths, [
      '/d/a.conf'
    ])
    assert.deepEqual((await askFile(root, { path: ['/d'], owner: ['root'] })).rows.length, 3)
  }
  assert.ok(
    (await askFile(root, { path: ['/d'], owner: [String(uid)], group: [String(gid)] })).rows.length > 0
  )
  assert.equal((await askFile(root, { path: ['/d'], owner: ['nobody-of-that-name'] })).rows.length, 0)
})

test('what a row holds', async t => {
  const root = host(t)
  const { rows } = await askFile(root, { path: ['/d/b.conf'], sha256: true, label: 'mine' })
  const { mtimeMs, ctimeMs } = statSync(join(root, 'd/b.conf'))
  assert.equal(rows.length, 1)
  const { owner, group, path, ...rest } = rows[0]!
  assert.equal(Buffer.from(path as Uint8Array).toString(), '/d/b.conf')
  assert.ok(owner && group)
  assert.deepEqual(rest, {
    search: 'mine',
    size: 10,
    mode: '-rw-r--r--',
    mtime: Math.floor(mtimeMs),
    ctime: Math.floor(ctimeMs),
    sha256: createHash('sha256').update('one\nthree\n').digest('hex')
  })
  assert.ok((await askFile(root, { path: ['/d'], ctime: ['<1h'] })).rows.length === 4)
  assert.ok((await askFile(root, { path: ['/d'], ctime: ['>1h'] })).rows.length === 0)
})

test('what is excluded is left out with all that lies below it', async t => {
  const root = plant(t, { 'a/cache/x/1': '', 'a/keep/2': '', 'a/cached': '', 'a/x.log': '' })
  const paths = async (...exclude: string[]) => (await askFile(root, { path: ['/'], exclude })).paths
  assert.deepEqual(await paths('/a/cache'), ['/a/cached', '/a/keep/2', '/a/x.log'])
  assert.deepEqual(await paths('/a/cache/*'), ['/a/cached', '/a/keep/2', '/a/x.log'])
  assert.deepEqual(await paths('*.log', '/a/k*'), ['/a/cache/x/1', '/a/cached'])
})

test('one search unpacks, another does not, and links to files only where asked', async t => {
  const root = plant(t, { 'a.gz': gzipSync(text), 'b.txt': text })
  symlinkSync('b.txt', join(root, 'link'))
  symlinkSync('.', join(root, 'dir'))
  const asked = await askFile(root, {
    searches: JSON.stringify([
      { label: 'raw', paths: ['/'], contents: ['hunter2'] },
      { label: 'unpacked', paths: ['/'], contents: ['hunter2'], decompress: true },
      { label: 'magic', paths: ['/'], bytes: ['1f8b08'] },
      { label: 'sized', paths: ['/'], sizes: ['<1k'], mtimes: ['<1d'], names: ['gz$'] }
    ])
  })
  assert.deepEqual(asked.pathsOf('raw'), ['/b.txt'])
  assert.deepEqual(asked.pathsOf('unpacked'), ['/a.gz', '/b.txt'])
  assert.deepEqual(asked.pathsOf('magic'), ['/a.gz'])
  assert.deepEqual(asked.pathsOf('sized'), ['/a.gz'])
  assert.deepEqual((await askFile(root, { path: ['/'], follow: true, name: ['link|b'] })).paths, [
    '/b.txt',
    '/link'
  ])
})

test('relative times become absolute when they are typed, so that a late host answers the same', () => {
  const made = file.fromFlags({ path: ['/'], mtime: ['<1d', '>2h'] }, NOW)
  assert.deepEqual(made.searches[0]!.mtimes, [{ from: NOW - 24 * HOUR }, { to: NOW - 2 * HOUR }])
})

test('what is typed wrong is refused by the name of its flag, with a fix', () => {
  const wrong: readonly [string, Record<string, unknown>][] = [
    ['--path', { path: undefined }],
    ['--path', { path: ['etc'] }],
    ['--size', { size: ['10q'] }],
    ['--size', { size: ['>'] }],
    ['--size', { size: ['9999999t'] }],
    ['--mtime', { mtime: ['90d'] }],
    ['--mtime', { mtime: ['<90y'] }],
    ['--ctime', { ctime: ['>2026-13-01'] }],
    ['--name', { name: ['('] }],
    ['--name', { name: [''] }],
    ['--content', { content: ['(?=x)'] }],
    ['--mode', { mode: ['['] }],
    ['--bytes', { bytes: ['abc'] }],
    ['--bytes', { bytes: ['zz'] }],
    ['--depth', { depth: 0 }],
    ['--depth', { depth: 1.5 }],
    ['--match-limit', { 'match-limit': -1 }],
    ['--label', { label: 'a b' }],
    ['--mismatch', { mismatch: ['nothing'] }],
    ['--searches', { path: undefined, searches: '{' }],
    ['--searches', { path: undefined, searches: '{}' }],
    ['--searches', { path: undefined, searches: '[]' }],
    ['--searches', { path: undefined, searches: '[{"label":"a","paths":["/"],"what":1}]' }],
    ['--path', { searches: '[{"label":"a","paths":["/"]}]' }]
  ]
  for (const [flag, flags] of wrong)
    assert.throws(
      () => file.fromFlags({ path: ['/'], ...flags }, NOW),
      (error: unknown) =>
        error instanceof GumshoeError &&
        error.code === 'bad-params' &&
        error.message.includes(flag) &&
        error.fix !== '' &&
        !/undefined|\[object/.test(error.message),
      JSON.stringify(flags)
    )
})
