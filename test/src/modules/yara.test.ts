import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { askedFrom } from '../../../src/cli/options.ts'
import { LIMITS } from '../../../src/limits.ts'
import { yara } from '../../../src/modules/yara.ts'
import { run } from '../../../src/run/run.ts'
import { ownHost } from '../../../src/trust/permit.ts'
import { testDirectory } from '../../support/directory.ts'
import { AGENT_LAUNCHER } from '../../support/launchers.ts'

const limits = yara.limits.defaults
const put = (root: string, path: string, bytes: string | Uint8Array): void => {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), bytes)
}

/** Asked as on the command line, answered by a fenced child. */
const ask = async (root: string, flags: Record<string, unknown>, change = {}) => {
  const { params, attachments } = askedFrom(yara, flags, 0)
  return run(
    ownHost(),
    { id: 'o1', spec: yara, params: params as Record<string, unknown> },
    { root, asOf: 0, limits: { ...limits, ...change }, attachments, entry: AGENT_LAUNCHER }
  )
}

const RULE = 'rule needle { strings: $a = "needle" condition: $a }'
const pathOf = (row: Record<string, unknown>) => Buffer.from(row['path'] as Uint8Array).toString()

test('rules find files by what is in them, and the filters of file leave out others', async () => {
  const root = testDirectory()
  put(root, 'www/a.php', 'a needle, a needle')
  put(root, 'www/b.txt', 'a needle')
  put(root, 'www/c.php', 'nothing')
  put(root, 'www/old/d.php', 'needle')
  const { rows, verdict, coverage, counts } = await ask(root, {
    rule: [RULE],
    path: ['/www'],
    glob: ['*.php'],
    exclude: ['/www/old']
  })
  assert.deepEqual(
    rows.map(row => ({ ...row, path: pathOf(row) })),
    [{ rule: 'needle', path: '/www/a.php', size: 18, matches: 2, offset: 2 }]
  )
  assert.deepEqual([verdict, coverage?.unreadable, counts], ['yes', 0, { needle: 1 }])
})

test('large rules go along as an attachment, and come to the child', async () => {
  const root = testDirectory()
  put(root, 'f', 'a needle')
  const many = Array.from(
    { length: 1_500 },
    (_, i) => `rule r${i} { strings: $a = "never there ${i}" condition: $a }`
  )
  const file = join(testDirectory(), 'rules.yar')
  const text = [RULE, ...many].join('\n')
  writeFileSync(file, text)
  const flags = { rules: [file], path: ['/'] }
  const { params, attachments } = askedFrom(yara, flags, 0)
  const attachment = createHash('sha256').update(text).digest('hex')
  assert.deepEqual(params.rules, [{ attachment, bytes: text.length }])
  assert.deepEqual([...attachments.keys()], [attachment])
  assert.match(yara.say(params), /rules of \d+ bytes \(sha256 [0-9a-f]{16}\)/)
  const { rows, state } = await ask(root, flags)
  assert.deepEqual([state, rows.map(({ rule }) => rule)], ['done', ['needle']])
  const without = await run(
    ownHost(),
    { id: 'o1', spec: yara, params: params as unknown as Record<string, unknown> },
    { root, asOf: 0, limits, entry: AGENT_LAUNCHER }
  )
  assert.deepEqual([without.state, without.code], ['error', 'attachment-missing'])
})

test('a file that is too large to be scanned makes a no partial', async () => {
  const root = testDirectory()
  put(root, 'large', '')
  truncateSync(join(root, 'large'), LIMITS.yaraFileBytes + 1)
  const { verdict, errors, coverage } = await ask(root, { rule: [RULE], path: ['/'] })
  assert.deepEqual([verdict, errors, coverage?.skipped], ['partial', { 'too-large': 1 }, 1])
})

test('flags name what is missing', () => {
  assert.throws(() => yara.fromFlags({ path: ['/'] }, 0), { code: 'bad-params', message: /--rules/ })
  assert.throws(() => yara.fromFlags({ rule: [RULE] }, 0), { code: 'bad-params', message: /--path/ })
  assert.throws(() => yara.fromFlags({ rule: [RULE], path: ['/'], name: ['('] }, 0), { message: /--name/ })
  assert.match(
    yara.say(yara.fromFlags({ rule: [RULE], path: ['/srv'] }, 0)),
    /rule needle on files under \/srv/
  )
})
