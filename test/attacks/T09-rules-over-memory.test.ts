/**
 * T9. Rules over memory meet a process that changes while it is read, ends, leaves its number to another one, or lays its
 * memory out so that it never ends; and a signed question carries rules that never end. Expected: what stays is found, no
 * other process is taken for one that was meant, what was not seen is told, and the run ends within its limits.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { LIMITS } from '../../src/limits.ts'
import { yaramem } from '../../src/modules/yaramem.ts'
import { run } from '../../src/run/run.ts'
import { ownHost } from '../../src/trust/permit.ts'
import { plant } from '../support/ask-file.ts'
import { askModule, column } from '../support/ask-module.ts'
import { memoryFiles, statText } from '../support/fake-proc.ts'
import { holder } from '../support/holder.ts'
import { AGENT_LAUNCHER } from '../support/launchers.ts'

const NEEDLE = 'rule n { strings: $a = "needle" condition: $a }'
const hexRule = (bytes: Buffer) => `rule n { strings: $a = { ${bytes.toString('hex')} } condition: $a }`

test('rules that never end over memory are ended, with what came before, and so are those without number', async t => {
  const { pid } = await holder(t, { bytes: randomBytes(16) })
  const ask = (rules: string, limits = {}) =>
    run(
      ownHost(),
      { id: 'o1', spec: yaramem, params: { rules: [rules], which: { pids: [pid] } } },
      { root: '/', asOf: 0, limits: { ...yaramem.limits.defaults, ...limits }, entry: AGENT_LAUNCHER }
    )
  const endless =
    'rule n { condition: for any i in (0..1000000000): (for any j in (0..1000000000): (i * j == -7)) }'
  const ended = await ask(endless, { cpuMs: 500 })
  assert.deepEqual([ended.state, ended.code, ended.verdict], ['limit', 'limit-cpu', 'partial'])
  const flood = Array.from({ length: 300 }, (_, i) => `rule r${i} { condition: true }`).join('\n')
  const flooded = await ask(flood, { rows: 100 })
  assert.deepEqual([flooded.code, flooded.rows.length], ['limit-rows', 100])
  const few = await ask('rule n { condition: false }', { readBytes: 1 << 20 })
  assert.deepEqual([few.state, few.code, few.verdict], ['limit', 'limit-bytes', 'partial'])
  const bad = await ask('include "/etc/passwd" rule a { condition: true }')
  assert.deepEqual([bad.state, bad.code], ['error', 'bad-params'])
})

test('a number that another process has got since the list was made is not that process', async t => {
  const root = plant(t, { ...memoryFiles(1, 'first', 'needle'), ...memoryFiles(2, 'meant', 'needle') })
  const running = yaramem.run(yaramem.fromFlags({ rule: [NEEDLE] }, 0), {
    root,
    signal: new AbortController().signal,
    asOf: 0,
    limits: yaramem.limits.defaults
  })
  const first = await running.next()
  assert.equal(first.done === false && first.value['pid'], 1)
  // Its number, its memory, and yet another process: it has started later.
  const other = statText(2, 'meant').toString('latin1').split(' ')
  other[21] = String(Number(other[21]) + 1)
  writeFileSync(join(root, 'proc/2/stat'), other.join(' '))
  const next = await running.next()
  assert.ok(next.done)
  assert.deepEqual([next.value.counts, next.value.coverage.unreadable], [{ n: 1 }, 0])
})

test('a process that ends while it is read ends no question', async t => {
  const { pid } = await holder(t, { bytes: randomBytes(8) })
  const asked = askModule(yaramem, '/', { pid: [String(pid)], rule: [hexRule(randomBytes(16))] })
  process.kill(pid, 'SIGKILL')
  assert.equal((await asked).outcome.found, false)
})

test('memory that comes and goes while it is read hides nothing that stays', {
  timeout: 120_000
}, async t => {
  const needle = randomBytes(16)
  const source = `
    const kept = Buffer.from('${Buffer.from(needle.map(byte => byte ^ 0xff)).toString('hex')}', 'hex').map(byte => byte ^ 0xff)
    let rooms = []
    const churn = () => {
      rooms = rooms.slice(-20)
      for (let i = 0; i < 10; i++) rooms.push(Buffer.allocUnsafeSlow(300_000).fill(i))
      setImmediate(churn)
    }
    churn()
    console.log('ready')
    setInterval(() => kept.length, 60_000)`
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  for (let i = 0; i < 2; i++) {
    const only = { pid: [String(child.pid)] }
    const { rows } = await askModule(yaramem, '/', { ...only, rule: [hexRule(needle)] })
    assert.equal(rows.length, 1)
    const { outcome } = await askModule(yaramem, '/', { ...only, rule: [hexRule(randomBytes(16))] })
    assert.deepEqual([outcome.found, outcome.limit], [false, undefined])
  }
})

test('one mapping as wide as all addresses is told as not seen, and hides no other process', async t => {
  const root = plant(t, { ...memoryFiles(1, 'wide', 'other'), ...memoryFiles(2, 'other', 'needle') })
  writeFileSync(join(root, 'proc/1/maps'), '0000-7fffffff0000 rw-p 00000000 00:00 0\n')
  const { rows, outcome } = await askModule(yaramem, root, { rule: [NEEDLE] })
  assert.deepEqual([column(rows, 'pid'), outcome.errors['too-large']], [['2'], 1])
  assert.equal(outcome.coverage.unreadable, 1)
  assert.ok(LIMITS.memorySpanBytes < 0x7fffffff0000)
})
