import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { COMMANDS } from '../../../console/commands/index.ts'
import { questionOf } from '../../../console/commands/question.ts'
import { importMigAction } from '../../../console/mig/import-action.ts'
import { withResultsTo } from '../../../src/cli/out.ts'
import { runProgram } from '../../../src/cli/program.ts'
import { EXIT } from '../../../src/errors.ts'
import { temporary } from '../../support/agent-parts.ts'

const vector = (name: string): string => new URL(`../../vectors/mig/${name}.json`, import.meta.url).pathname

const typed = async (...words: string[]): Promise<{ out: string; status: number }> => {
  let out = ''
  const write = (text: string | Uint8Array) => {
    out += String(text)
    return true
  }
  const status = await withResultsTo({ isTTY: false, columns: 100, write }, () =>
    runProgram('gumshoe', words, COMMANDS)
  )
  return { out, status }
}

test('--json prints a line for each action, with our own target where one is given', async () => {
  const files = [vector('sshd_backdoor'), vector('tests_windows')]
  const { out, status } = await typed('import', 'mig', ...files, '--json', '-t', 'role=web')
  assert.equal(status, EXIT.complete)
  const targets = out
    .trim()
    .split('\n')
    .map(line => (JSON.parse(line) as { target: string }).target)
  assert.deepEqual(targets, ['role=web', 'role=web'])
})

test('--out writes a document for compose once, and nothing is asked', async t => {
  const out = join(temporary(t), 'q.json')
  const words = ['import', 'mig', vector('glibc_ubuntu_cve-2015-0235'), '--out', out]
  assert.equal((await typed(...words)).status, EXIT.complete)
  const { target } = JSON.parse(readFileSync(out, 'utf8')) as { target: string }
  assert.equal(target, 'distribution=ubuntu and distribution-version~"12.04*"')
  assert.equal((await typed(...words)).status, EXIT.usage, 'what is there is not overwritten')
  assert.equal((await typed(...words, vector('sshd_backdoor'))).status, EXIT.usage)
})

test('of several, one that can not be taken stops all before anything is printed', async t => {
  const bad = join(temporary(t), 'bad.json')
  writeFileSync(bad, '{"syntaxversion": 3}')
  for (const file of [bad, join(bad, 'none'), '/dev/zero']) {
    const { out, status } = await typed('import', 'mig', vector('sshd_backdoor'), file, '--json')
    assert.deepEqual([out, status], ['', EXIT.usage], file)
  }
})

test('description and threat go into the note', t => {
  const text = readFileSync(vector('glibc_ubuntu_cve-2015-0235'), 'utf8')
  const { operations: _, ...said } = importMigAction(text, 0).composition
  const { note } = questionOf({ ...said, home: temporary(t) }, () => [])
  assert.deepEqual(note, {
    title: 'Check glibc is patched on ubuntu for CVE-2015-0235',
    description:
      'Julien Vehent <ulfr@mozilla.com>, revision 201501281000, http://www.ubuntu.com/usn/usn-2485-1/',
    threat: 'family compliance, type system, level high, ref bug1126370'
  })
})
