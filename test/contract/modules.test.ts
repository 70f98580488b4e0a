import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { parseLine, quoteWord } from '../../console/prompt/words.ts'
import { parseFlagWords } from '../../src/cli/flag-words.ts'
import { paramsFrom } from '../../src/cli/options.ts'
import { codeOf, GumshoeError } from '../../src/errors.ts'
import { findModule, MODULES } from '../../src/modules/index.ts'
import { LOADS, loadModule } from '../../src/modules/load.ts'
import {
  type Example,
  type Host,
  type ModuleSpec,
  moduleId,
  type Outcome,
  type Row
} from '../../src/modules/spec.ts'
import { fromChannel, toChannel } from '../../src/run/rows.ts'
import { temporary } from '../support/agent-parts.ts'
import { plant } from '../support/ask-file.ts'
import { QUESTIONS } from './questions.ts'

/** What holds for every module, whatever it asks: this file needs no change when a module is added; questions.ts has a question for each. */

test('every module of the list can be loaded by itself, and nothing else can', async () => {
  assert.deepEqual(Object.keys(LOADS).sort(), MODULES.map(({ name }) => name).sort())
  for (const spec of MODULES) assert.equal(await loadModule(moduleId(spec)), spec)
  assert.equal(await loadModule('file/2'), undefined)
  assert.equal(await loadModule('constructor/1'), undefined)
})

const NOW = Date.parse('2026-11-24T12:00:00Z')

const NOBODY = 65_534

const hostOf = (root: string, spec: ModuleSpec<never>, more: Partial<Host['limits']> = {}): Host => ({
  root,
  signal: new AbortController().signal,
  asOf: NOW,
  limits: { ...spec.limits.defaults, ...more }
})

const ask = async (
  spec: ModuleSpec,
  params: unknown,
  host: Host
): Promise<{ rows: Row[]; outcome: Outcome }> => {
  const running = spec.run(params, host)
  const rows: Row[] = []
  for (;;) {
    const next = await running.next()
    if (next.done) return { rows, outcome: next.value }
    rows.push(next.value)
  }
}

/** Flags of an example, as they come to the module: what yargs makes of them, with the texts of files. */
const flagsOf = (spec: ModuleSpec, { argv, files = {} }: Example): Record<string, unknown> => {
  const flags: Record<string, unknown> = {}
  for (let i = 0; i < argv.length; i++) {
    const name = argv[i]!.replace(/^--/, '')
    const flag = spec.flags[name]
    assert.ok(argv[i]!.startsWith('--') && flag, `${spec.name} has no flag ${argv[i]}`)
    if (flag.type === 'boolean') flags[name] = true
    else {
      const typed = argv[++i]!
      const value = flag.type === 'number' ? Number(typed) : flag.type === 'file' ? files[typed] : typed
      assert.notEqual(value, undefined, `${spec.name}: the example says what is in ${typed}`)
      flags[name] = flag.repeat ? [...((flags[name] as unknown[]) ?? []), value] : value
    }
  }
  return flags
}

test('the list holds each module once, and finds it by its id', () => {
  const ids = MODULES.map(moduleId)
  assert.equal(new Set(ids).size, ids.length)
  for (const spec of MODULES) assert.equal(findModule(moduleId(spec)), spec)
  for (const none of ['', 'file', 'file/0', 'file/2', 'toString', '__proto__', '../file/1'])
    assert.equal(findModule(none), undefined, none)
})

for (const spec of MODULES as readonly ModuleSpec[]) {
  const question = QUESTIONS[spec.name]!
  const find = question?.flags
  const host = (root: string, more?: Partial<Host['limits']>) => hostOf(root, spec as ModuleSpec<never>, more)
  const params = () => spec.fromFlags(find, NOW)
  const hostWith = (root: string, things: number, more?: Partial<Host['limits']>): Host => ({
    ...host(root, more),
    ...question.handed?.(things)
  })
  const planted = (t: TestContext, things: number, more?: Partial<Host['limits']>): Host =>
    hostWith(plant(t, question.plant?.(things)), things, more)

  test(`${spec.name}: says of itself what screens and docs need`, () => {
    assert.ok(find, `questions.ts has a question for ${spec.name}`)
    assert.match(spec.name, /^[a-z][a-z0-9-]{1,31}$/)
    assert.ok(Number.isSafeInteger(spec.major) && spec.major > 0)
    assert.match(spec.sentence, /^[A-Z].*\.$/s)
    assert.ok(spec.platforms.length > 0 && spec.examples.length > 0)
    for (const { right, without } of spec.rights) assert.ok(right && without)
    for (const [name, flag] of Object.entries(spec.flags)) {
      assert.match(name, /^[a-z][a-z0-9-]*$/)
      assert.ok(flag.doc.length > 3, name)
    }
    for (const [name, { doc }] of Object.entries(spec.columns)) assert.ok(doc, name)
    for (const [name, most] of Object.entries(spec.limits.most))
      assert.ok(spec.limits.defaults[name as keyof Host['limits']] <= most, name)
  })

  test(`${spec.name}: every example is parsed, said, and survives the signed JSON`, () => {
    for (const example of spec.examples) {
      const { title, argv } = example
      const made = spec.fromFlags(flagsOf(spec, example), NOW)
      const signed = JSON.parse(JSON.stringify(made)) as unknown
      assert.deepEqual(spec.params.parse(signed), made, title)
      const later = spec.fromFlags(flagsOf(spec, example), NOW + 86_400_000)
      assert.ok(spec.say(made).length > 10 && !spec.say(made).includes('undefined'), title)
      assert.ok(
        spec.literals(made).every(literal => typeof literal === 'string' && literal !== ''),
        title
      )
      if (argv.some(word => /^<\d+d$/.test(word))) assert.notDeepEqual(later, made, 'times are absolute')
    }
  })

  test(`${spec.name}: every example works as help shows it: pasted into a shell, and as one operation of several`, t => {
    const directory = temporary(t)
    for (const example of spec.examples) {
      const typed = parseLine(example.argv.map(quoteWord).join(' ')).words
      assert.deepEqual(typed, example.argv, example.title)
      const words = typed.map(word => {
        const text = example.files?.[word]
        if (text === undefined) return word
        writeFileSync(join(directory, 'named'), text)
        return join(directory, 'named')
      })
      const params = paramsFrom(spec, parseFlagWords(spec, words), NOW)
      assert.deepEqual(params, spec.fromFlags(flagsOf(spec, example), NOW), example.title)
    }
  })

  test(`${spec.name}: what is not in the schema, is null, or is no integer is refused`, () => {
    const made = params() as Record<string, unknown>
    for (const more of [{ extra: 1 }, { __proto__x: {} }, { searches: null }])
      assert.equal(spec.params.safeParse({ ...made, ...more }).success, false, JSON.stringify(more))
    for (const wrong of [null, undefined, [], '', 0, {}])
      assert.equal(spec.params.safeParse(wrong).success, false, JSON.stringify(wrong))
  })

  test(`${spec.name}: an empty host is a no`, async t => {
    const { rows, outcome } = await ask(spec, params(), hostWith(plant(t, question.empty), 0))
    assert.equal(rows.length, 0)
    assert.equal(outcome.found, false)
    assert.deepEqual(
      [outcome.coverage.unreadable, outcome.coverage.skipped, outcome.limit],
      [0, 0, undefined]
    )
    assert.ok(Object.values(outcome.counts).every(count => count === 0))
  })

  test(`${spec.name}: a hit has the declared columns only, and comes through the channel as it was`, async t => {
    const { rows, outcome } = await ask(spec, params(), planted(t, 2))
    assert.equal(outcome.found, true)
    assert.ok(rows.length > 0)
    assert.equal(
      Object.values(outcome.counts).reduce((sum, count) => sum + count, 0),
      rows.length
    )
    for (const row of rows)
      assert.deepEqual(fromChannel(JSON.parse(JSON.stringify(toChannel(row))), spec), row)
  })

  if (question?.most === undefined)
    test(`${spec.name}: the row limit ends it with what there is`, async t => {
      const { rows, outcome } = await ask(spec, params(), planted(t, 20, { rows: 7 }))
      assert.deepEqual([rows.length, outcome.limit, outcome.found], [7, 'limit-rows', true])
    })

  test(`${spec.name}: an abort ends it with the reason as its limit`, async t => {
    const stop = new AbortController()
    stop.abort(new GumshoeError('limit-cpu', 'The CPU limit is reached.'))
    const { outcome } = await ask(spec, params(), {
      ...planted(t, 1),
      signal: stop.signal
    })
    assert.equal(outcome.limit, 'limit-cpu')
  })

  const { hostile, closed } = question ?? {}
  assert.equal(hostile === undefined, question?.plant === undefined)
  assert.equal(closed === undefined, question?.plant === undefined)
  if (hostile !== undefined)
    test(`${spec.name}: names of any bytes are bytes in the row`, async t => {
      const root = plant(t, question.plant?.(0))
      mkdirSync(join(root, 'etc'), { recursive: true })
      const name = hostile(root)
      const { rows } = await ask(spec, params(), host(root))
      const cells = rows.flatMap(row => Object.values(row)).filter(cell => cell instanceof Uint8Array)
      assert.ok(cells.some(cell => Buffer.from(cell).includes(Buffer.from(name))))
      for (const row of rows)
        for (const cell of Object.values(row)) if (typeof cell === 'string') assert.ok(cell.isWellFormed())
    })

  if (closed !== undefined)
    test(`${spec.name}: what may not be read is told`, async t => {
      const root = plant(t, closed.files)
      const path = join(root, closed.path)
      const open = statSync(path).isDirectory() ? 0o700 : 0o600
      chmodSync(root, 0o755)
      chmodSync(path, 0)
      // Root may read everything, so for the time of the question we are nobody.
      if (process.getuid?.() === 0) process.seteuid!(NOBODY)
      let asked: Awaited<ReturnType<typeof ask>>
      try {
        asked = await ask(spec, params(), host(root))
      } finally {
        if (process.getuid?.() === 0) process.seteuid!(0)
        chmodSync(path, open)
      }
      const { rows, outcome } = asked
      assert.deepEqual([rows.length, outcome.coverage.unreadable, outcome.errors['permission']], [1, 1, 1])
      assert.equal((await ask(spec, params(), host(root))).outcome.coverage.unreadable, 0)
    })

  test(`${spec.name}: flags that are missing or wrong are refused with a code, never with a crash`, () => {
    const wrongs: Record<string, unknown>[] = [
      {},
      ...Object.keys(spec.flags).map(name => ({ ...find, [name]: '\0' }))
    ]
    for (const flags of wrongs) {
      try {
        spec.fromFlags(flags, NOW)
      } catch (error) {
        assert.equal(codeOf(error), 'bad-params', `${JSON.stringify(flags)}: ${String(error)}`)
      }
    }
    if (question.bare) assert.ok(spec.params.safeParse(spec.fromFlags({}, NOW)).success)
    else assert.throws(() => spec.fromFlags({}, NOW), GumshoeError)
  })
}
