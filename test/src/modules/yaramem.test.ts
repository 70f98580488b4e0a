import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { test } from 'node:test'
import { yaramem } from '../../../src/modules/yaramem.ts'
import { run } from '../../../src/run/run.ts'
import { ownHost } from '../../../src/trust/permit.ts'
import { plant } from '../../support/ask-file.ts'
import { askModule, column } from '../../support/ask-module.ts'
import { memoryFiles } from '../../support/fake-proc.ts'
import { holder } from '../../support/holder.ts'
import { AGENT_LAUNCHER } from '../../support/launchers.ts'

const word = () => `gumshoe-${randomBytes(12).toString('hex')}`
const rule = (name: string, ...texts: string[]) =>
  `rule ${name} { strings: ${texts.map((text, i) => `$t${i} = "${text}"`).join(' ')} condition: all of them }`

test('rules hold for the process that has it in its memory, behind the fence, and for no other', async t => {
  const [needle, far] = [word(), word()]
  const { pid } = await holder(t, { bytes: Buffer.from(needle), times: 3, gap: 5_000 })
  const other = await holder(t, { bytes: Buffer.from(far) })
  const flags = {
    rule: [rule('found', needle), rule('nowhere', word())],
    pid: [pid, other.pid, process.pid].map(String)
  }
  const params = yaramem.fromFlags(flags, 0) as unknown as Record<string, unknown>
  const { rows, verdict, errors } = await run(
    ownHost(),
    { id: 'o1', spec: yaramem, params },
    { root: '/', asOf: 0, limits: yaramem.limits.defaults, entry: AGENT_LAUNCHER }
  )
  assert.deepEqual([verdict, rows.length, rows[0]?.['rule'], rows[0]?.['pid']], ['yes', 1, 'found', pid])
  assert.ok(Number(rows[0]?.['matches']) >= 3)
  assert.match(String(rows[0]?.['address']), /^0x[0-9a-f]+$/)
  assert.match(String(rows[0]?.['rights']), /^rw/)
  assert.ok(Number(errors?.['own-process']) >= 2, 'whoever holds the question is left out')
  assert.ok(!JSON.stringify(rows).includes(needle))
})

test('the filters of memory say which processes; places say how many rows', async t => {
  const needle = word()
  const held = await holder(t, { bytes: Buffer.from(needle), times: 3, gap: 8 << 20 })
  const only = { pid: [String(held.pid)], rule: [rule('found', needle)] }
  for (const [flags, rows] of [
    [{ name: ['!.'] }, 0],
    [{ user: ['no-such-user'] }, 0],
    [{ library: ['/libc[.-]'] }, 1]
  ] as const)
    assert.equal((await askModule(yaramem, '/', { ...only, ...flags })).rows.length, rows)
  const { rows } = await askModule(yaramem, '/', { ...only, places: 2 })
  // Two of the three lie in one arena, or not.
  assert.ok(rows.length >= 1 && rows.length <= 2)
  for (const row of rows) assert.ok(Number(row['matches']) >= 3)
})

test('what can not be read makes a no partial, and a yes stays one', async t => {
  const root = plant(t, { ...memoryFiles(1, 'a', 'other'), ...memoryFiles(2, 'b', 'needle') })
  const text = await askModule(yaramem, root, { rule: [rule('n', 'needle')] })
  assert.deepEqual([column(text.rows, 'pid'), text.outcome.coverage.unreadable], [['2'], 0])
  rmSync(`${root}/proc/2/mem`)
  mkdirSync(`${root}/proc/2/mem`)
  const closed = await askModule(yaramem, root, { rule: [rule('n', 'needle')] })
  assert.deepEqual([closed.rows.length, closed.outcome.coverage.unreadable], [0, 1])
})

test('flags name what is wrong, before any host gets it', () => {
  assert.throws(() => yaramem.fromFlags({}, 0), { code: 'bad-params', message: /--rules/ })
  assert.throws(() => yaramem.fromFlags({ rule: ['rule a { condition: $b }'] }, 0), { message: /rule a/ })
  const some = { rule: [rule('a', 'needle')] }
  assert.throws(() => yaramem.fromFlags({ ...some, name: ['('] }, 0), { code: 'bad-params' })
  assert.throws(() => yaramem.fromFlags({ ...some, pid: ['x'] }, 0), { message: /--pid x/ })
  assert.match(
    yaramem.say(yaramem.fromFlags({ ...some, name: ['^sshd$'] }, 0)),
    /^rule a on the memory of processes named/
  )
  assert.match(yaramem.say(yaramem.fromFlags(some, 0)), /every process/)
})
