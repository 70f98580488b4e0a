import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Architecture, partsFor } from '../../agent/build/parts.ts'
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

for (const kind of ['plain node', 'executable'] as const) {
  test(`${kind}: a module can read, and nothing else`, { timeout: 60_000 }, async t => {
    const directory = mkdtempSync(join(tmpdir(), 'gumshoe-misbehave-'))
    mkdirSync(join(directory, 'kept'), { mode: 0o700 })
    const server = createServer(socket => socket.destroy()).listen(0, '127.0.0.1')
    t.after(() => {
      server.close()
      rmSync(directory, { recursive: true, force: true })
    })
    await new Promise(done => server.once('listening', done))
    const { port } = server.address() as { port: number }
    const { lines } = await ask(t, kind, '--what', 'all', '--at', directory, '--port', String(port))
    const went = lines
      .filter(({ type, result }) => type === 'row' && (result as { t: string }).t === 'went')
      .map(({ act }) => (act as { t: string }).t)
    assert.deepEqual(readdirSync(directory), ['kept'])
    assert.deepEqual(went, ['read'])
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
