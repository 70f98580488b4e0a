import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askFile, plant } from '../../../support/ask-file.ts'

/** MIG's defect 2: paths were compared as strings, so a search in /x/dir also returned what lies in /x/dir2 of another search. */

const FILES = { 'x/dir/a': '1', 'x/dir2/b': '1', 'x/dir/sub/c': '1', 'x/d': '1' }

test('a search returns what lies below its own paths, whatever the others ask', async t => {
  const root = plant(t, FILES)
  const searches = JSON.stringify([
    { label: 'one', paths: ['/x/dir'] },
    { label: 'two', paths: ['/x/dir2'] },
    { label: 'all', paths: ['/x'] },
    { label: 'file', paths: ['/x/d'] },
    { label: 'flat', paths: ['/x/dir'], maxDepth: 1 }
  ])
  const asked = await askFile(root, { searches })
  assert.deepEqual(asked.pathsOf('one'), ['/x/dir/a', '/x/dir/sub/c'])
  assert.deepEqual(asked.pathsOf('two'), ['/x/dir2/b'])
  assert.deepEqual(asked.pathsOf('all'), ['/x/d', '/x/dir/a', '/x/dir/sub/c', '/x/dir2/b'])
  assert.deepEqual(asked.pathsOf('file'), ['/x/d'])
  assert.deepEqual(asked.pathsOf('flat'), ['/x/dir/a'])
  assert.equal(asked.outcome.coverage.seen, 4, 'each file is looked at once')
})

test('a path within another one, and a file beside its directory, give each file once', async t => {
  const root = plant(t, FILES)
  const { paths } = await askFile(root, { path: ['/x/dir/sub', '/x', '/x/dir/a', '/x/', '/x/dir'] })
  assert.deepEqual(paths, ['/x/d', '/x/dir/a', '/x/dir/sub/c', '/x/dir2/b'])
})

test('depth counts from the nearest path', async t => {
  const root = plant(t, { 'a/1': '', 'a/b/2': '', 'a/b/c/3': '', 'a/b/c/d/4': '' })
  assert.deepEqual((await askFile(root, { path: ['/a'], depth: 1 })).paths, ['/a/1'])
  assert.deepEqual((await askFile(root, { path: ['/a'], depth: 2 })).paths, ['/a/1', '/a/b/2'])
  const both = await askFile(root, { path: ['/a', '/a/b/c'], depth: 1 })
  assert.deepEqual(both.paths, ['/a/1', '/a/b/c/3'])
  assert.equal(both.outcome.coverage.skipped, 0, 'what lies deeper than asked is no part of the question')
})
