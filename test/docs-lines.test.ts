import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Argv } from 'yargs'
import { COMMANDS } from '../console/commands/index.ts'
import { parseLine } from '../console/prompt/words.ts'
import type { Command } from '../src/cli/command.ts'
import { paramsFrom } from '../src/cli/options.ts'
import { runProgram } from '../src/cli/program.ts'
import { MODULES } from '../src/modules/index.ts'
import type { ModuleSpec } from '../src/modules/spec.ts'
import { ROOT } from './source-tree.ts'

/** Every command of the console that the documentation shows is one that it understands; none is done here. */

/** A command that reads its flags, and does nothing with them; a question is composed. */
const inert = (command: Command, within: readonly string[] = []): Command => {
  const name = String(command.command).split(' ')[0]!
  const spec = (MODULES as readonly ModuleSpec[]).find(one => one.name === name)
  return {
    ...command,
    builder: (yargs: Argv) => {
      const add = yargs.command
      const inside = (one: Command) => add.call(yargs, inert(one, [...within, name]) as never)
      yargs.command = inside as never
      try {
        return typeof command.builder === 'function' ? (command.builder(yargs) as Argv) : yargs
      } finally {
        yargs.command = add
      }
    },
    handler: args => {
      if (spec !== undefined && within.every(word => word !== 'mesh')) compose(spec, args)
    }
  }
}

/** Files that a page names are not there. */
const compose = (spec: ModuleSpec, args: Record<string, unknown>): void => {
  try {
    paramsFrom(spec, args, Date.parse('2026-11-24T12:00:00Z'))
  } catch (error) {
    if (!/can(no|')t be read/.test(String(error))) throw error
  }
}

/** Lines of fenced blocks that begin with the console's name, a line that goes on in the next as one. */
const linesOf = (page: string): string[] =>
  [...page.matchAll(/^```\w*\n([\s\S]*?)^```/gm)]
    .flatMap(([, block]) => block!.replace(/\\\n\s*/g, '').split('\n'))
    .flatMap(line =>
      line
        .replace(/^\$ /, '')
        .replace(/^sudo (-u \S+ )?/, '')
        .split(/; (?=gumshoe)| && /)
    )
    .filter(line => /^gumshoe [a-z]/.test(line))
    // What stands beside it explains it; what comes after is the shell's.
    .map(line => line.replace(/(\s{2,}|\s+#|\s[|>]\s).*$/, ''))

const PAGES = [
  'README.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.md'))
    .map(path => `docs/${path}`)
]

test('every command in the documentation is understood by the console', async t => {
  const said = t.mock.method(process.stderr, 'write', () => true)
  const wrong: string[] = []
  let lines = 0
  const ends = (line: string): Promise<number> =>
    runProgram(
      'gumshoe',
      parseLine(line).words.slice(1),
      COMMANDS.map(command => inert(command))
    )
  for (const path of PAGES)
    for (const line of linesOf(readFileSync(join(ROOT, path), 'utf8'))) {
      said.mock.resetCalls()
      const status = await ends(line)
      if (status !== 0)
        wrong.push(`${path}: ${line}: ${said.mock.calls.map(call => call.arguments[0]).join('')}`)
      lines++
    }
  for (const line of [
    'gumshoe file --pth /etc -t all',
    'gumshoe account --last soon -t all',
    'gumshoe mesh remake'
  ])
    assert.equal(await ends(line), 2, line)
  said.mock.restore()
  process.exitCode = 0
  assert.deepEqual(wrong, [])
  assert.ok(lines > 80, `${lines} lines`)
})
