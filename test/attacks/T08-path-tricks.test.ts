import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { linkSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { GumshoeError } from '../../src/errors.ts'
import { file } from '../../src/modules/file.ts'
import { byDescriptor } from '../../src/modules/lib/host/by-descriptor.ts'
import type { FileCalls } from '../../src/modules/lib/host/file-calls.ts'
import { Walk } from '../../src/modules/lib/host/walk.ts'
import { fileCalls } from '../../src/run/file-calls.ts'
import { askFile, plant } from '../support/ask-file.ts'

/**
 * T8. A path, in a question or laid out on a host, that is to lead out of what may be read. Expected: nothing outside of
 * the root is ever looked at, whatever links say and whoever swaps them; malformed paths are refused before they are signed.
 */

const SECRET = 'outside-of-every-root'
const INSIDE = createHash('sha256').update('inside').digest('hex')

test('paths that are not absolute, or too long, or hold NUL, are refused on both sides', () => {
  for (const path of ['etc', './etc', '', '~/x', '/etc\0/passwd', `/${'x'.repeat(4_096)}`]) {
    assert.throws(
      () => file.fromFlags({ path: [path] }, 0),
      (error: unknown) => error instanceof GumshoeError && error.code === 'bad-params',
      JSON.stringify(path.slice(0, 20))
    )
    assert.throws(() => file.params.parse({ searches: [{ label: 'a', paths: [path] }] }))
  }
  for (const path of ['/etc/../root', '/..', '/etc//passwd', '/./etc'])
    assert.throws(() => file.params.parse({ searches: [{ label: 'a', paths: [path] }] }), path)
})

test('links, dots and /proc/self/root lead nowhere but inside the root', async t => {
  const outside = plant(t, { secret: SECRET })
  const root = plant(t, { 'real/inside': 'inside', 'a/b/c/here': 'here' })
  mkdirSync(join(root, 'links'))
  for (const [name, target] of [
    ['absolute', outside],
    ['file', join(outside, 'secret')],
    ['up', '../'.repeat(40) + outside.slice(1)],
    ['proc', `/proc/self/root${outside}`],
    ['circle', 'circle'],
    ['inner', '/real'],
    ['inner-file', '/real/inside'],
    ['far', '../../../../../../real']
  ] as const)
    symlinkSync(target, join(root, 'links', name))
  const names = ['absolute', 'absolute/secret', 'file', 'up', 'up/secret', 'proc', 'proc/secret', 'circle']
  for (const follow of [false, true]) {
    const asked = await askFile(root, {
      path: ['/', ...names.map(name => `/links/${name}`), `/proc/self/root${outside}`],
      content: [SECRET],
      follow
    })
    assert.deepEqual(asked.paths, [], `follow ${follow}`)
  }
  for (const name of ['inner', 'far'])
    assert.deepEqual((await askFile(root, { path: [`/links/${name}`], name: ['inside'] })).paths, [
      '/real/inside'
    ])
  const followed = await askFile(root, { path: ['/links'], content: ['^inside$'], follow: true })
  assert.deepEqual(followed.paths, ['/links/inner-file'], 'a link to a file, and no link to a directory')
})

test('a directory and a file that are swapped for links while they are read', async t => {
  const outside = plant(t, { 'd/secret': SECRET, secret: SECRET })
  const root = plant(t, { 'x/d/secret': 'inside', 'x/f': 'inside', 'y/keep': 'inside' })
  symlinkSync(join(outside, 'd'), join(root, 'y/d'))
  symlinkSync(join(outside, 'secret'), join(root, 'y/f'))
  const swapper = `
    const { renameSync } = require('node:fs')
    process.stdout.write('go')
    for (;;) for (const name of ['d', 'f']) {
      renameSync('x/' + name, 't'); renameSync('y/' + name, 'x/' + name); renameSync('t', 'y/' + name)
    }`
  const child = spawn(process.execPath, ['-e', swapper], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout!, 'data')
  let inside = 0
  const flags = { path: ['/x/d', '/x', '/x/f', '/x/d/secret'], content: ['i'], any: true, sha256: true }
  for (let i = 0; i < 3_000; i++) {
    // Both ways to walk: by the calls of the system, and by what Node has.
    const asked = await askFile(root, { ...flags, follow: i % 2 === 0 }, { plain: i % 4 < 2 })
    for (const row of asked.rows) {
      assert.equal(row['size'], 'inside'.length, 'the file that was looked at is the one inside')
      if (row['sha256'] !== undefined) assert.equal(row['sha256'], INSIDE)
    }
    inside += asked.rows.length
  }
  child.kill('SIGKILL')
  await once(child, 'close')
  assert.ok(inside > 100, `the race was a race: ${inside} rows`)
})

test('names of any bytes and of any length come back as they are', async t => {
  const root = plant(t)
  const names = [
    Buffer.from([0xff, 0xfe, 0x0a, 0x1b, 0x5b, 0x33, 0x31, 0x6d]),
    Buffer.from('-rf'),
    Buffer.from(' \t\r\n'),
    Buffer.alloc(255, 'n'),
    Buffer.from('é'),
    Buffer.from('e\u0301'),
    Buffer.from('‮gpj.exe'),
    Buffer.from('...')
  ]
  for (const name of names) {
    const directory = Buffer.concat([Buffer.from(`${root}/`), name])
    mkdirSync(directory)
    writeFileSync(Buffer.concat([directory, Buffer.from('/'), name]), 'needle')
  }
  const { rows } = await askFile(root, { path: ['/'], content: ['needle'] }, {})
  const seen = rows.map(row => Buffer.from(row['path'] as Uint8Array).toString('hex')).sort()
  const slash = Buffer.from('/')
  assert.deepEqual(seen, names.map(name => Buffer.concat([slash, name, slash, name]).toString('hex')).sort())
})

test('a hard link and a renamed directory are what they are: files inside', async t => {
  const root = plant(t, { 'a/one': 'x' })
  linkSync(join(root, 'a/one'), join(root, 'a/two'))
  renameSync(join(root, 'a'), join(root, 'b'))
  assert.deepEqual((await askFile(root, { path: ['/'] })).paths, ['/b/one', '/b/two'])
})

test('a file that becomes a link between two looks makes no other file system of the one that it lies on', async t => {
  const calls = await fileCalls()
  if (calls === undefined) return t.diagnostic('There is no native part for this machine.')
  const root = plant(t, { f: 'x', 'd/e/g': 'x' })
  const swapping: FileCalls = {
    ...calls,
    look: (at, name) => {
      const status = calls.look(at, name)
      if (name.toString() === 'f') {
        renameSync(join(root, 'f'), join(root, 'old'))
        symlinkSync('/proc/version', join(root, 'f'))
      }
      return status
    }
  }
  const walk = new Walk(
    { root, openRoot: byDescriptor(swapping), entries: 100, crossDevices: true, kinds: new Set(['storage']) },
    [{ paths: [Buffer.from('/f'), Buffer.from('/d/e')] }]
  )
  const seen: string[] = []
  for (const file of walk.files()) if (file && !walk.refuses(file)) seen.push(String(file.path))
  // What may not be read is left out without a word, or is no reason for a doubt: one name must not do that to a whole disk.
  assert.deepEqual(seen, ['/f', '/d/e/g'])
  assert.equal(walk.count.skipped, 0)
})
