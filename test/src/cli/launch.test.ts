import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ROOT } from '../../source-tree.ts'

// Real processes: on a Node that is new enough, and on one that is not and must find the one that npm brought.
const LAUNCHED = join(ROOT, 'test/support/launched.cjs')
const OLD = ['-r', join(ROOT, 'test/support/old-node.cjs')]
const NODES: [name: string, flags: string[]][] = [
  ['Node 24', []],
  ['Node 20', OLD]
]

let directory: string
before(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'gumshoe-launch-')))
})
after(() => rmSync(directory, { recursive: true, force: true }))

const start = (flags: readonly string[], argv: readonly string[], file = LAUNCHED): ChildProcess =>
  spawn(process.execPath, [...flags, file, ...argv], { stdio: ['pipe', 'pipe', 'pipe'] })

const finish = async (child: ChildProcess, input = '') => {
  const text = ['', '']
  child.stdout!.on('data', chunk => {
    text[0] += chunk
  })
  child.stderr!.on('data', chunk => {
    text[1] += chunk
  })
  child.stdin!.on('error', () => undefined)
  child.stdin!.end(input)
  const [status] = await once(child, 'close')
  return { status: status as number | null, out: text[0]!, err: text[1]! }
}

for (const [name, flags] of NODES) {
  test(`${name}: the program runs on 24 or later, and its status is passed on`, async () => {
    const [version, seven] = await Promise.all([
      finish(start(flags, ['version'])),
      finish(start(flags, ['exit', '7']))
    ])
    assert.ok(Number(version.out) >= 24, version.out + version.err)
    assert.deepEqual([version.status, seven.status], [0, 7])
  })

  test(`${name}: input and output go through whole`, async () => {
    const input = 'a line of input\n'.repeat(40_000)
    const [repeated, flood] = await Promise.all([
      finish(start(flags, ['repeat']), input),
      finish(start(flags, ['flood', '3000000']))
    ])
    assert.equal(repeated.out, input)
    assert.equal(flood.out.length, 3_000_000)
  })

  test(`${name}: a descriptor that is named is handed on`, async () => {
    const child = spawn(process.execPath, [...flags, LAUNCHED, 'fd', '--passphrase-fd=3'], {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe']
    })
    const secret = child.stdio[3] as import('node:stream').Writable
    secret.end('correct horse')
    assert.equal((await finish(child)).out, 'correct horse')
  })

  test(`${name}: SIGTERM reaches the program, and it ends as it wants`, async () => {
    const child = start(flags, ['wait'])
    await once(child.stdout!, 'data')
    child.kill('SIGTERM')
    assert.equal((await finish(child)).status, 42)
  })
}

test('a program that is killed ends as a shell would say', async () => {
  assert.equal((await finish(start(OLD, ['die']))).status, 137)
})

test('an installed package runs what was compiled, from below node_modules', async () => {
  const root = join(directory, 'node_modules/gumshoe')
  mkdirSync(join(root, 'src/cli'), { recursive: true })
  mkdirSync(join(root, 'dist/console'), { recursive: true })
  cpSync(join(ROOT, 'src/cli/launch.cjs'), join(root, 'src/cli/launch.cjs'))
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  writeFileSync(join(root, 'dist/console/main.js'), 'export const main = async () => 9\n')
  writeFileSync(join(root, 'bin.cjs'), "require('./src/cli/launch.cjs').launch('console/main', [])\n")
  assert.equal((await finish(start([], [], join(root, 'bin.cjs')))).status, 9)
  const none = await finish(start(OLD, [], join(root, 'bin.cjs')))
  assert.equal(none.status, 1)
  assert.match(none.err, /^error\[internal\]: Gumshoe needs Node 24; .*\nfix: npm ci/)
})
