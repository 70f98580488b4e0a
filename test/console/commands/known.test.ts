import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fromFlags, operationsFrom } from '../../../console/ask/composition.ts'
import { COMMANDS } from '../../../console/commands/index.ts'
import { ORDINARY_QUESTIONS } from '../../../console/commands/known.ts'
import { LINES } from '../../../console/views/lines.ts'
import { withResultsTo } from '../../../src/cli/out.ts'
import { runProgram } from '../../../src/cli/program.ts'
import { EXIT } from '../../../src/errors.ts'
import { temporary } from '../../support/agent-parts.ts'
import { NOW } from '../../support/mesh.ts'

/** What stands on standard output, and the exit status. */
const typed = async (home: string, ...words: string[]): Promise<[string, number]> => {
  let text = ''
  const write = (chunk: string | Uint8Array) => {
    text += String(chunk)
    return true
  }
  const sink = { isTTY: false, columns: 100, write }
  const status = await withResultsTo(sink, () => runProgram('gumshoe', ['--home', home, ...words], COMMANDS))
  process.exitCode = undefined
  return [text, status]
}

const homeOf = (t: TestContext): string => {
  const home = temporary(t)
  chmodSync(home, 0o700)
  return home
}

test('a list is learnt, listed and forgotten without a mesh', async t => {
  const home = homeOf(t)
  const file = join(home, 'paths.txt')
  writeFileSync(file, '/opt/acme/plugin.so\n')
  assert.equal((await typed(home, 'known', 'add', '--file', file))[1], EXIT.complete)
  const [lines] = await typed(home, 'known', 'list', '--json')
  const { name, from, components, values } = LINES.known.parse(JSON.parse(lines))
  assert.deepEqual([name, from, components, values], ['k1', 'paths.txt', 3, 1])
  assert.match((await typed(home, 'known', 'list'))[0], /^source\tfrom\t.*\nk1\tpaths\.txt\t3\t1\t/)
  assert.equal((await typed(home, 'known', 'forget', 'k1'))[1], EXIT.complete)
  assert.equal((await typed(home, 'known', 'list', '--json'))[0], '')
})

test('what is missing or cannot be read is said', async t => {
  const home = homeOf(t)
  for (const words of [
    ['add'],
    ['add', 'a7', '--file', 'x'],
    ['add', '--file', join(home, 'none')],
    ['forget']
  ])
    assert.equal((await typed(home, 'known', ...words))[1], EXIT.usage, words.join(' '))
  writeFileSync(join(home, 'empty'), '\n')
  assert.notEqual((await typed(home, 'known', 'add', '--file', join(home, 'empty')))[1], EXIT.complete)
  assert.notEqual((await typed(home, 'known', 'forget', 'k1'))[1], EXIT.complete)
})

test('what a reference host is asked by itself is a question that can be asked', () => {
  const operations = operationsFrom(fromFlags(ORDINARY_QUESTIONS, []), NOW, () =>
    assert.fail('no action is named')
  )
  assert.deepEqual(
    operations.map(({ module }) => module),
    ['file/1', 'process/1', 'package/1', 'persistence/1']
  )
})
