import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Architecture, partsFor } from '../../agent/build/parts.ts'
import { LOOKS, type Looks } from '../../src/modules/spec.ts'
import { ROOT } from '../source-tree.ts'
import { executables, MISBEHAVING } from '../support/executables.ts'
import { misbehavingLauncher } from '../support/launchers.ts'

/** A module that was taken over, in the single executable as in plain node: whatever it tries, it gets nothing by it. */
type Kind = 'plain node' | 'executable'

const commandOf = async (t: TestContext, kind: Kind): Promise<[string, ...string[]]> =>
  kind === 'executable'
    ? [join(await executables(), MISBEHAVING)]
    : [process.execPath, misbehavingLauncher(t)]

interface Asked {
  readonly status: number | null
  readonly lines: Record<string, unknown>[]
  readonly stderr: string
}

const ask = async (t: TestContext, kind: Kind, ...argv: string[]): Promise<Asked> => {
  const [command, ...prefix] = await commandOf(t, kind)
  const child = spawn(command, [...prefix, 'local', 'misbehave', ...argv, '--json'], { env: {} })
  let [out, stderr] = ['', '']
  child.stdout.on('data', chunk => (out += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  const status = await new Promise<number | null>(done => child.once('close', done))
  const lines = out
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
  return { status, lines, stderr }
}

/** What a module comes to that is held for what it looks into: it sees more, and changes nothing either. */
const WENT: Record<Looks, string[]> = {
  files: ['read'],
  processes: ['read', 'look into the parent'],
  memory: ['read', 'look into the parent', "read the parent's memory", "go on in the parent's memory"],
  // It reaches others, and reads none of the host's files.
  network: ['connect']
}

for (const kind of ['plain node', 'executable'] as const) {
  for (const looks of LOOKS)
    test(`${kind}: a module that looks into ${looks} can read, and nothing else`, {
      timeout: 60_000
    }, async t => {
      const directory = mkdtempSync(join(tmpdir(), 'gumshoe-misbehave-'))
      mkdirSync(join(directory, 'kept'), { mode: 0o700 })
      writeFileSync(join(directory, 'kept', 'key'), 'of the agent', { mode: 0o600 })
      const kept = statSync(join(directory, 'kept', 'key'))
      const server = createServer(socket => socket.destroy()).listen(0, '127.0.0.1')
      t.after(() => {
        server.close()
        rmSync(directory, { recursive: true, force: true })
      })
      await new Promise(done => server.once('listening', done))
      const { port } = server.address() as { port: number }
      const how = ['--what', 'all', '--looks', looks, '--at', directory, '--port', String(port)]
      const { lines, stderr } = await ask(t, kind, ...how)
      const tried = lines
        .filter(({ type }) => type === 'row')
        .map(({ act, result }) => [(act as { t: string }).t, (result as { t: string }).t])
      assert.ok(tried.length > 40, `${tried.length} ${stderr}`)
      const went = tried.filter(([, result]) => result === 'went').map(([act]) => act)
      assert.deepEqual(readdirSync(directory), ['kept'])
      assert.deepEqual(readdirSync(join(directory, 'kept')), ['key'])
      assert.deepEqual(statSync(join(directory, 'kept', 'key')), kept)
      assert.deepEqual(went, WENT[looks])
    })

  test(`${kind}: a module that eats memory, hangs or crashes is ended, and the agent says which`, {
    timeout: 60_000
  }, async t => {
    const run = async (what: string, ...limits: string[]) =>
      (await ask(t, kind, '--what', what, '--at', '/', '--port', '1', ...limits)).lines.at(-1)
    const [memory, hang, crash] = await Promise.all([
      run('memory', '--limit-memory', '200'),
      run('hang', '--limit-wall', '1'),
      run('crash')
    ])
    assert.deepEqual(
      [memory, hang, crash].map(line => line?.['code']),
      ['limit-memory', 'limit-wall', 'module-failed']
    )
  })
}

test('a child that is handed a native part that it can not load does not run unfenced', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-handed-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const { addons } = partsFor(ROOT, process.arch as Architecture)
  const path = join(directory, 'koffi.node')
  const play = async (bytes: Uint8Array) => {
    writeFileSync(path, bytes)
    const handed = openSync(path, 'r')
    const agent = join(await executables(), `gumshoe-agent-linux-${process.arch}`)
    const child = spawn(agent, ['fence'], { env: {}, stdio: ['pipe', 'pipe', 'ignore', handed] })
    closeSync(handed)
    const said = await new Promise<string>(done => {
      child.stdout!.once('data', chunk => done(String(chunk)))
      child.once('close', () => done('nothing'))
    })
    child.kill('SIGKILL')
    return said
  }
  assert.equal(await play(new Uint8Array(addons['koffi.node'].length)), 'nothing')
  assert.match(await play(addons['koffi.node']), /ready/)
})
