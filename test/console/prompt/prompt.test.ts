import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runLine } from '../../../console/prompt/prompt.ts'
import type { Command } from '../../../src/cli/command.ts'
import { makeOutput, withResultsTo } from '../../../src/cli/out.ts'
import { GumshoeError } from '../../../src/errors.ts'

const seen: Record<string, unknown>[] = []
const COMMANDS: Command[] = [
  {
    command: 'list [word]',
    describe: 'Lines',
    builder: yargs => yargs.option('loud', { type: 'boolean' }),
    handler: args => {
      seen.push(args)
      for (const line of ['one fish', 'two fish', 'red bird']) makeOutput({}).line(line)
      process.exitCode = 3
    }
  },
  {
    command: 'fail',
    describe: 'Fails',
    handler: () => {
      throw new GumshoeError('nobody', 'Nobody is there.')
    }
  }
]

const typed = async (line: string) => {
  let out = ''
  let err = ''
  const write = process.stderr.write.bind(process.stderr)
  process.stderr.write = ((text: string) => {
    err += text
    return true
  }) as never
  const sink = {
    isTTY: false,
    columns: 80,
    write: (text: string | Uint8Array) => {
      out += String(text)
      return true
    }
  }
  try {
    const status = await withResultsTo(sink, () => runLine('/some/home', line, COMMANDS))
    return { status, out, err }
  } finally {
    process.stderr.write = write
    process.exitCode = undefined
  }
}

test('a line is a command of the same program, in the same home, with its own status', async () => {
  assert.deepEqual(await typed(`list 'two words' --loud`), {
    status: 3,
    out: 'one fish\ntwo fish\nred bird\n',
    err: ''
  })
  const { word, loud, home } = seen.at(-1)!
  assert.deepEqual([word, loud, home], ['two words', true, '/some/home'])
  assert.equal((await typed('gumshoe list')).status, 3, 'as it is typed in a shell, too')
})

test('what follows | grep is what is left', async () => {
  assert.equal((await typed('list | grep fish | grep -v two')).out, 'one fish\n')
  assert.equal((await typed('help | grep -i nothinghere')).out, '')
})

test('what goes wrong is told, and a status of the one before is not kept', async () => {
  const failed = await typed('fail')
  assert.deepEqual([failed.status, failed.out], [7, ''])
  assert.match(failed.err, /^error\[nobody\]: Nobody is there\.\nfix: /)
  assert.equal((await typed('lits')).status, 2)
  assert.match((await typed('lits')).err, /did you mean list\?/)
  assert.match((await typed(`list 'x`)).err, /is not closed/)
  assert.match((await typed('list | less')).err, /only grep/)
  assert.equal((await typed('list --help')).status, 0)
})
