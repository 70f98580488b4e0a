import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { LINES } from '../../../console/views/lines.ts'
import { cellText } from '../../../src/cli/local.ts'
import { runConsole } from '../../support/console-run.ts'

let root: string
before(() => {
  root = mkdtempSync(join(tmpdir(), 'gumshoe-local-'))
  mkdirSync(join(root, 'etc'))
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0\n')
  writeFileSync(join(root, 'etc/\x1b[31mred\nname'), 'hunter2\n')
})
after(() => rmSync(root, { recursive: true, force: true }))

const local = (...argv: string[]) => runConsole(['local', 'file', '--root', root, '--path', '/etc', ...argv])

test('a module answers here without a mesh: rows to standard output, how it ended to standard error', async () => {
  const { out, err, status } = await local('--name', '^passwd$')
  assert.equal(status, 0, err)
  assert.match(out, /^search\tpath\tsize\t.*\ns1\t\/etc\/passwd\t11\t/)
  assert.match(err, /^done \| verdict yes \| 1 row\b/)
})

test('a name that does something to a terminal is shown harmless, and whole in JSON', async () => {
  const [text, json] = await Promise.all([
    local('--content', 'hunter2'),
    local('--content', 'hunter2', '--json')
  ])
  assert.match(text.out, /\/etc\/\\x1b\[31mred\\x0aname/)
  const lines = json.out
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
  assert.deepEqual(
    lines.map(({ type }) => type),
    ['row', 'summary']
  )
  for (const line of lines) LINES[line.type as keyof typeof LINES].parse(line)
  assert.deepEqual(lines[0].path, { t: '/etc/\x1b[31mred\nname' })
})

test('a path that is not there is a no, and is told', async () => {
  const { err, status } = await local('--path', '/nowhere', '--path', '/etc/passwd/below', '--name', '^x$')
  assert.equal(status, 0)
  assert.match(err, /^done \| verdict no \| .*path-missing 2\nNot here: 2 paths that were named\./)
  const { out } = await local('--path', '/nowhere', '--json')
  assert.deepEqual(JSON.parse(out.trim().split('\n').at(-1)!).errors, { 'path-missing': 1 })
})

test('a module that can not be asked here ends in a whole line all the same', async () => {
  const { out, status } = await runConsole(['local', 'process', '--root', root, '--name', 'x', '--json'])
  const line = JSON.parse(out)
  LINES.summary.parse(line)
  assert.deepEqual([line.state, line.code, line.verdict, status], ['error', 'unsupported', null, 3])
})

test('--exit-found says by its status whether there was something', async () => {
  const [found, none] = await Promise.all([
    local('--name', '^passwd$', '--exit-found'),
    local('--name', '^nothing$', '--exit-found')
  ])
  assert.deepEqual([found.status, none.status], [0, 10])
})

test('a cell in words', () => {
  assert.equal(cellText(0, 'time'), '1970-01-01 00:00:00')
  assert.equal(cellText(undefined, 'time'), '')
  assert.equal(cellText(12, 'count'), '12')
})
