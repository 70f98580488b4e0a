import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { LIMITS } from '../../../src/limits.ts'
import { file } from '../../../src/modules/file.ts'
import type { ModuleSpec } from '../../../src/modules/spec.ts'
import type { UnderWay } from '../../../src/run/held.ts'
import { type RunOptions, type RunResult, run, verdictOf } from '../../../src/run/run.ts'
import { ownHost } from '../../../src/trust/permit.ts'
import { AGENT_LAUNCHER, hostileLauncher } from '../../support/launchers.ts'

const permit = ownHost()
const NOW = Date.parse('2026-11-24T12:00:00Z')

const spec = {
  name: 'probe',
  major: 1,
  platforms: [process.platform],
  anyRoot: true,
  columns: {
    size: { type: 'count', secrecy: 'plain', doc: '' },
    path: { type: 'path', secrecy: 'private', doc: '' }
  }
} as unknown as ModuleSpec

const limits = { ...file.limits.defaults, wallMs: 20_000, cpuMs: 20_000 }

/** Runs code as the child of a module. */
const runAs = (t: TestContext, child: string, options: Partial<RunOptions> = {}): Promise<RunResult> =>
  run(
    permit,
    { id: 'o1', spec, params: {} },
    { root: '/', asOf: NOW, limits, entry: hostileLauncher(t, child), ...options }
  )

const DONE = `await say({ word: 'done', outcome: { found: false, coverage: { seen: 3, unreadable: 0, skipped: 0 }, counts: {}, errors: {} } })`
const READY = `await say({ word: 'ready' }); const asked = await job();`

test('a verdict is no only where everything was seen', () => {
  const all = { seen: 5, unreadable: 0, skipped: 0 }
  assert.equal(verdictOf(false, all, false), 'no')
  assert.equal(verdictOf(false, { ...all, unreadable: 1 }, false), 'partial')
  assert.equal(verdictOf(false, { ...all, skipped: 1 }, false), 'partial')
  assert.equal(verdictOf(false, all, true), 'partial')
  assert.equal(verdictOf(true, { ...all, unreadable: 1 }, true), 'yes')
})

test('the file module answers from its child: yes, no, and partial where a limit came first', async t => {
  const root = mkdtempSync(join(tmpdir(), 'gumshoe-root-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, 'etc'))
  for (const name of ['a1', 'a2', 'b1']) writeFileSync(join(root, 'etc', name), 'text')
  const ask = (flags: Record<string, unknown>, change: Partial<RunOptions['limits']> = {}) =>
    run(
      permit,
      { id: 'o1', spec: file, params: file.fromFlags(flags, NOW) as Record<string, unknown> },
      { root, asOf: NOW, limits: { ...limits, ...change }, entry: AGENT_LAUNCHER }
    )
  const [yes, no, limited] = await Promise.all([
    ask({ path: ['/etc'], name: ['^a'] }),
    ask({ path: ['/etc'], name: ['^c'] }),
    ask({ path: ['/etc'], name: ['^c'] }, { entries: 1 })
  ])
  assert.deepEqual([yes.state, yes.verdict, yes.rows.length, yes.truncated], ['done', 'yes', 2, false])
  assert.deepEqual(yes.rows.map(row => Buffer.from(row['path'] as Uint8Array).toString()).sort(), [
    '/etc/a1',
    '/etc/a2'
  ])
  assert.deepEqual([no.state, no.verdict, no.rows.length], ['done', 'no', 0])
  assert.deepEqual([limited.state, limited.verdict, limited.truncated], ['limit', 'partial', true])
})

test('a module that throws, or that nobody knows, ends in an error with its code', async () => {
  const ask = (asked: ModuleSpec, params: Record<string, unknown>) =>
    run(permit, { id: 'o1', spec: asked, params }, { root: '/', asOf: NOW, limits, entry: AGENT_LAUNCHER })
  const unknown = await ask({ ...file, major: 99 }, {})
  assert.deepEqual([unknown.state, unknown.code, unknown.rows.length], ['error', 'unknown-module', 0])
  const wrong = await ask(file, { nonsense: true })
  assert.equal(wrong.state, 'error')
})

test('what the host cannot be asked is said without a child', async () => {
  const asked = (change: Partial<ModuleSpec>, root: string) =>
    run(
      permit,
      { id: 'o1', spec: { ...spec, ...change } as ModuleSpec, params: {} },
      { root, asOf: NOW, limits, entry: '/nowhere' }
    )
  assert.equal((await asked({ anyRoot: false }, '/mnt')).code, 'unsupported')
  assert.equal((await asked({ platforms: ['aix'] }, '/')).code, 'unsupported')
})

test('rows and outcome come as the child says them, bytes as bytes', async t => {
  const result = await runAs(
    t,
    `${READY} await say({ word: 'rows', rows: [{ size: 7, path: { b: Buffer.from([47, 255]).toString('base64') } }] });
     await say({ word: 'done', outcome: { found: true, coverage: { seen: 1, unreadable: 2, skipped: 0 }, counts: { s1: 1 }, errors: { unreadable: 2 } } })`
  )
  assert.deepEqual(result, {
    state: 'done',
    verdict: 'yes',
    truncated: false,
    coverage: { seen: 1, unreadable: 2, skipped: 0 },
    counts: { s1: 1 },
    errors: { unreadable: 2 },
    rows: [{ size: 7, path: Uint8Array.of(47, 255) }]
  })
})

test('the job says module, parameters, root, limits and time, through the pipe only', async t => {
  const result = await runAs(
    t,
    `${READY} await say({ word: 'failed', code: 'module-failed', message: JSON.stringify([asked.module, asked.root, asked.asOf, asked.limits.rows, process.argv.length, Object.keys(process.env)]) })`
  )
  assert.deepEqual(JSON.parse(result.message!), ['probe/1', '/', NOW, limits.rows, 4, ['PATH', 'LANG', 'TZ']])
})

const HOSTILE: Record<string, [child: string, message: RegExp]> = {
  'a column that the module has not': [
    `${READY} await say({ word: 'rows', rows: [{ secret: 1 }] }); ${DONE}`,
    /may not yield/
  ],
  'a column of another type': [
    `${READY} await say({ word: 'rows', rows: [{ size: 'a' }] }); ${DONE}`,
    /may not yield/
  ],
  'a row that is no row': [`${READY} await say({ word: 'rows', rows: [null] }); ${DONE}`, /may not yield/],
  'rows before it was asked': [
    `await say({ word: 'ready' }); await say({ word: 'done' })`,
    /(no word|without an answer)/
  ],
  'a word that is none': [`${READY} await say({ word: 'shout' }); ${DONE}`, /no word/],
  'no JSON': [`${READY} process.stdout.write('{{{\\n'); ${DONE}`, /no word/],
  'nothing, and ends': [`${READY} process.exit(3)`, /without an answer/],
  'a complaint, and ends': [`process.stderr.write('out of luck\\n'); process.exit(1)`, /out of luck/]
}
for (const [name, [child, message]] of Object.entries(HOSTILE))
  test(`a child that says ${name} ends in module-failed`, async t => {
    const result = await runAs(t, child)
    // Whether it was early is a race that both sides may win; what counts is that nothing of it is believed.
    if (name === 'rows before it was asked' && result.state === 'done')
      return assert.notEqual(result.verdict, 'no')
    assert.deepEqual([result.state, result.code, result.rows], ['error', 'module-failed', []])
    assert.match(result.message!, message)
  })

test('a line without an end does not fill the memory of its parent', async t => {
  const before = process.memoryUsage().rss
  const result = await runAs(
    t,
    `${READY} const chunk = Buffer.alloc(1 << 20, 97); for (;;) await new Promise(done => process.stdout.write(chunk, done))`,
    { limits: { ...limits, outputBytes: 1_000_000 } }
  )
  assert.deepEqual([result.state, result.code], ['error', 'module-failed'])
  assert.ok(process.memoryUsage().rss - before < 200 << 20)
})

test('whoever waits is told how far a run is, until it is over', async t => {
  const told: Parameters<UnderWay>[0][] = []
  const stop = new AbortController()
  const underWay: UnderWay = far => {
    told.push(far)
    if (far.rows === 1 && told.length > 3) stop.abort()
  }
  const row = "await say({ word: 'rows', rows: [{ size: 1 }] })"
  const child = `${READY} ${row}; await new Promise(done => setTimeout(done, 60_000))`
  const { state } = await runAs(t, child, { underWay, signal: stop.signal })
  assert.equal(state, 'cancelled')
  assert.ok(told.every(({ ms, readBytes }, i) => ms >= (told[i - 1]?.ms ?? 0) && readBytes >= 0))
})

test('more rows than the limit, or more bytes, end the child, and what came is kept', async t => {
  const many = `${READY} for (let i = 0; ; i++) await say({ word: 'rows', rows: [{ size: i }] })`
  const rows = await runAs(t, many, { limits: { ...limits, rows: 5 } })
  assert.deepEqual([rows.state, rows.code, rows.verdict, rows.rows.length], ['limit', 'limit-rows', 'yes', 5])
  const bytes = await runAs(t, many, { limits: { ...limits, outputBytes: 100 } })
  assert.deepEqual([bytes.state, bytes.code, bytes.truncated], ['limit', 'limit-bytes', true])
  assert.ok(bytes.rows.length > 0 && bytes.rows.length < 10)
})

test('a child that never ends is ended by the wall, one that burns by the processor, one that hoards by the memory', async t => {
  const [wall, cpu, memory] = await Promise.all([
    runAs(t, `${READY} setInterval(() => 0, 1000)`, { limits: { ...limits, wallMs: 100 } }),
    runAs(t, `${READY} for (;;) {}`, { limits: { ...limits, cpuMs: 100 } }),
    runAs(
      t,
      `${READY} const all = []; for (;;) { all.push(Buffer.alloc(1 << 20, 1)); await new Promise(done => setTimeout(done, 1)) }`,
      {
        limits: { ...limits, memoryMiB: 150 }
      }
    )
  ])
  assert.deepEqual([wall.state, wall.code, wall.verdict], ['limit', 'limit-wall', 'partial'])
  assert.deepEqual([cpu.state, cpu.code], ['limit', 'limit-cpu'])
  assert.deepEqual([memory.state, memory.code], ['limit', 'limit-memory'])
})

test('a child that says that it is done and stays is ended all the same', async t => {
  const result = await runAs(t, `${READY} ${DONE}; setInterval(() => 0, 1000)`)
  assert.deepEqual([result.state, result.verdict], ['done', 'no'])
})

test('what a child says after its end counts for nothing', async t => {
  const result = await runAs(
    t,
    `${READY} ${DONE}; await say({ word: 'rows', rows: [{ size: 1 }] }); await say({ word: 'failed', code: 'quorum', message: 'x' })`
  )
  assert.deepEqual([result.state, result.verdict, result.rows], ['done', 'no', []])
})

test('a cancelled run ends at once, whether it is under way or not begun', async t => {
  const controller = new AbortController()
  const running = runAs(t, `${READY} setInterval(() => 0, 1000)`, { signal: controller.signal })
  setTimeout(() => controller.abort(), 150)
  assert.deepEqual([(await running).state, (await running).rows], ['cancelled', []])
  const early = await runAs(t, `${READY} setInterval(() => 0, 1000)`, { signal: AbortSignal.abort() })
  assert.equal(early.state, 'cancelled')
})

test('a program that cannot be started is an error of the run', async t => {
  const launcher = hostileLauncher(t, '')
  chmodSync(launcher, 0o600)
  const result = await run(
    permit,
    { id: 'o1', spec, params: {} },
    { root: '/', asOf: NOW, limits, entry: '/nowhere/launcher.cjs' }
  )
  assert.deepEqual([result.state, result.code], ['error', 'module-failed'])
  assert.ok(LIMITS.childStartMs > 0)
})
