import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { COMMANDS } from '../../../console/commands/index.ts'
import { LINES } from '../../../console/views/lines.ts'
import { withResultsTo } from '../../../src/cli/out.ts'
import { runProgram } from '../../../src/cli/program.ts'
import { shapeAt } from '../../../src/cli/shape.ts'
import { MODULES } from '../../../src/modules/index.ts'

const help = (...words: string[]): Promise<string> => typed(...words, '--help')

/** What a command leaves on standard output. */
const typed = async (...words: string[]): Promise<string> => {
  let out = ''
  const sink = {
    isTTY: false,
    columns: 100,
    write: (text: string | Uint8Array) => {
      out += String(text)
      return true
    }
  }
  await withResultsTo(sink, () => runProgram('gumshoe', words, COMMANDS))
  return out
}

/** Every command with those below it. */
const paths = (words: string[] = []): string[][] => {
  const shape = words.length === 0 ? undefined : shapeAt(COMMANDS, words)
  const names =
    words.length === 0 ? COMMANDS.map(command => String(command.command).split(' ')[0]!) : shape!.commands
  return names.flatMap(name => [[...words, name], ...paths([...words, name])])
}

test('every command has help that says what it does, with an example of itself', async () => {
  const all = paths().filter(([name]) => name !== 'help')
  assert.ok(all.length > 25)
  for (const words of all) {
    const text = await help(...words)
    assert.match(text, /^gumshoe .*\n\n\S.*/, words.join(' '))
    if (shapeAt(COMMANDS, words)!.commands.length === 0)
      assert.ok(text.includes('Examples:') && text.includes(`gumshoe ${words.join(' ')}`), words.join(' '))
  }
})

test('help on a key shows the flags that do something there, and no other', () => {
  const flags = (verb: string) => [...shapeAt(COMMANDS, ['key', verb])!.flags].sort()
  const own: Record<string, string[]> = {
    make: ['expires', 'passphrase', 'passphrase-fd'],
    import: ['gpg'],
    list: [],
    export: ['key', 'out'],
    use: [],
    remove: ['yes']
  }
  const all = Object.keys(own).map(verb => [
    verb,
    flags(verb).filter(flag => !/[A-Z]|^(help|version)$/.test(flag))
  ])
  assert.deepEqual(Object.fromEntries(all), own)
})

test('help on what there is not says so, and what was probably meant', async () => {
  const write = process.stderr.write.bind(process.stderr)
  let err = ''
  process.stderr.write = ((text: string) => {
    err += text
    return true
  }) as never
  const status = await runProgram('gumshoe', ['help', 'fiel'], COMMANDS)
  process.stderr.write = write
  process.exitCode = undefined
  assert.equal(status, 2)
  assert.match(err, /no help on fiel; did you mean file\?/)
})

/** What a command line that is wrong says on standard error. */
const told = async (t: TestContext, ...words: string[]): Promise<string> => {
  let err = ''
  const write = (text: string | Uint8Array) => {
    err += String(text)
    return true
  }
  const { mock } = t.mock.method(process.stderr, 'write', write as typeof process.stderr.write)
  await typed(...words)
  mock.restore()
  return err
}

test('a name that no action has is told before a home, a key or a passphrase is asked for', async t => {
  const home = ['--home', '/nowhere/gumshoe']
  for (const command of ['show', 'follow', 'cancel', 'reveal', 'export', 'odd', 'known add'])
    assert.match(
      await told(t, ...command.split(' '), 'a99', ...home),
      /^error\[not-found\]: No action a99 /,
      command
    )
  const soon = await told(t, 'follow', 'a'.repeat(64), '--wait', 'soon', ...home)
  assert.match(soon, /^error\[usage\]: --wait /)
  process.exitCode = undefined
})

test('every module is a line by its schema, and a row under heads', async () => {
  const lines = (await typed('modules', '--json')).trimEnd().split('\n')
  const ids = lines.map(line => LINES.module.parse(JSON.parse(line)).id)
  assert.ok(ids.includes('file/1'))
  assert.match(await typed('modules'), /^module\trisk\tasks\nfile\/1\tinspect\t/)
})

test('no two commands have a name in common', () => {
  const names = COMMANDS.flatMap(({ command, aliases }) => [
    String(command).split(' ')[0],
    ...[aliases ?? []].flat()
  ])
  assert.equal(new Set(names).size, names.length)
})

test('no flag of a module is one of the question itself, of odd or of local', () => {
  for (const spec of MODULES) {
    const own = Object.keys(spec.flags)
    const shorts = Object.values(spec.flags).flatMap(({ short }) => short ?? [])
    assert.deepEqual(
      shorts.filter(short => ['t', 'y', 'h'].includes(short)),
      [],
      spec.name
    )
    for (const words of [[spec.name], ['odd', spec.name], ['local', spec.name]]) {
      const shape = shapeAt(COMMANDS, words)
      if (shape?.path !== words.join(' ')) continue
      const all = shape.flags.filter(flag => own.includes(flag))
      assert.deepEqual(all.sort(), [...own].sort(), words.join(' '))
    }
    // A module may have a --version of its own: then the program's gives way (src/cli/options.ts).
    const reserved = [...shapeAt(COMMANDS, ['compose'])!.flags, 'column', 'top', 'root', 'home', 'help']
    assert.deepEqual(
      own.filter(flag => flag !== 'version' && reserved.includes(flag)),
      [],
      spec.name
    )
  }
})
