/**
 * A signed question carries YARA rules that never end, or far too many of them, or an intruder leaves files that a parser of
 * formats chokes on. A host spends no more than its limits, its agent goes on, and who asks is told.
 */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { sha256Hex, utf8Bytes } from '../../src/codec.ts'
import type { GumshoeError } from '../../src/errors.ts'
import { compileRules, ENGINES } from '../../src/modules/lib/yara/yara-compile.ts'
import { yara } from '../../src/modules/yara.ts'
import { checkApart } from '../../src/run/check.ts'
import { run } from '../../src/run/run.ts'
import { ownHost } from '../../src/trust/permit.ts'
import { testDirectory } from '../support/directory.ts'
import { AGENT_LAUNCHER, hostileLauncher } from '../support/launchers.ts'
import { smallElf } from '../support/small-elf.ts'

/** As a thief signs it: past every check of the console. */
const ask = (root: string, text: string, change = {}) => {
  const bytes = utf8Bytes(text)
  const attachment = sha256Hex(bytes)
  return run(
    ownHost(),
    {
      id: 'o1',
      spec: yara,
      params: { rules: [{ attachment, bytes: bytes.length }], where: { paths: ['/'] } }
    },
    {
      root,
      asOf: 0,
      limits: { ...yara.limits.defaults, ...change },
      attachments: new Map([[attachment, bytes]]),
      entry: AGENT_LAUNCHER
    }
  )
}

const planted = (files: Record<string, string | Uint8Array>): string => {
  const root = testDirectory()
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), bytes)
  }
  return root
}

test('a condition that never ends is ended, and answered limit with what came before', async () => {
  const root = planted({ a: 'x' })
  const endless =
    'rule n { condition: for any i in (0..1000000000): (for any j in (0..1000000000): (i * j == -7)) }'
  const { state, code, verdict } = await ask(root, endless, { cpuMs: 300 })
  assert.deepEqual([state, code, verdict], ['limit', 'limit-cpu', 'partial'])
})

test('rules that no engine takes are an answer, and so are includes', async () => {
  const root = planted({ a: 'x' })
  for (const rules of [
    'rule',
    'include "/etc/passwd" rule a { condition: true }',
    '\0',
    'rule a {'.repeat(5_000)
  ]) {
    const { state, code, message } = await ask(root, rules)
    assert.deepEqual([state, code], ['error', 'bad-params'], rules.slice(0, 40))
    assert.ok(!message?.includes('root:'), 'nothing of an included file is told')
  }
})

test('very many strings and very many matches stay within the memory and the rows of a run', async () => {
  const root = planted({ a: 'a'.repeat(1 << 20), b: 'nothing of it' })
  const strings = (n: number) => Array.from({ length: n }, (_, i) => `$s${i}="no such text ${i}"`).join(' ')
  const many = (n: number) => `rule many { strings: ${strings(n)} $a = "aa" condition: any of them }`
  const { rows, state } = await ask(root, many(2_000))
  assert.deepEqual([state, rows.length, rows[0]?.['matches']], ['done', 1, 10_000])
  const most = await ask(root, many(100_000), { cpuMs: 1_000 })
  assert.deepEqual([most.state, most.code], ['limit', 'limit-cpu'])
  const flood = Array.from({ length: 300 }, (_, i) => `rule r${i} { condition: true }`).join('\n')
  const flooded = await ask(root, flood, { rows: 100 })
  assert.deepEqual([flooded.state, flooded.code, flooded.rows.length], ['limit', 'limit-rows', 100])
})

test('rules of a stranger neither end nor hold up the console that compiles them', () => {
  const nested = (open: string, inside: string, close: string, times: number) =>
    `rule a { condition: ${open.repeat(times)}${inside}${close.repeat(times)} }`
  for (const rules of [
    ...[
      nested('(', 'true', ')', 20_000),
      nested('not ', 'true', '', 20_000),
      nested('-', '1 == 1', '', 20_000)
    ],
    ...[
      nested('~-', '1 == 1', '', 20_000),
      nested('1 == ', '1', '', 20_000),
      nested('defined ', 'true', '', 9_999)
    ],
    ...[
      nested('uint8(', '0', ')', 20),
      nested('uint32be/**/(', '0', ')', 20),
      nested('int8 //(\n(', '0', ')', 20)
    ],
    ...[nested('for any i in (1..2) : (', 'true', ')', 500), nested('any of (', 'true', ')', 500)],
    `rule a { strings: $a = { 01 02 ${'( 03 | 04 '.repeat(9_999)} ${')'.repeat(9_999)} } condition: $a }`
  ])
    for (const engine of ENGINES)
      assert.throws(() => compileRules([rules], engine), { code: 'bad-params' }, rules.slice(0, 60))
})

test('what no shape tells is compiled in a process of its own, and ended there', t => {
  const strings = Array.from({ length: 2_000 }, (_, i) => `$s${i} = "qwe${i}"`).join(' ')
  // Some 40 kB, and minutes of CPU.
  const rules = [`rule a { strings: ${strings} condition: ${Array(400).fill('any of them').join(' or ')} }`]
  const check = (flags: Record<string, unknown>, entry = AGENT_LAUNCHER, wallMs?: number) =>
    checkApart(yara, flags, 0, { entry, ...(wallMs !== undefined && { wallMs }) })
  assert.throws(() => check({ rules }, AGENT_LAUNCHER, 1_000), { code: 'bad-params', message: /too long/ })
  const dies = hostileLauncher(t, 'process.kill(process.pid, "SIGSEGV")')
  assert.throws(() => check({ rules: ['rule a { condition: true }'] }, dies), { code: 'bad-params' })
  check({ rules: ['rule a { condition: true }'], path: ['/etc'] })
  const bad = { rules: ['rule a { strings: $a = /.*x/s condition: $a }'], path: ['/etc'] }
  const said = (act: () => unknown) => {
    try {
      act()
    } catch (error) {
      const { code, message, fix } = error as GumshoeError
      return { code, message, fix }
    }
    return undefined
  }
  const here = said(() => yara.fromFlags(bad, 0))
  assert.equal(here?.code, 'bad-params')
  assert.deepEqual(
    said(() => check(bad)),
    here,
    'it says the same'
  )
  assert.deepEqual(yara.fromChecked!(bad, 0).rules, bad.rules)
})

test('rules that are long and not deep are taken', () => {
  const hashes = Array.from({ length: 500 }, (_, i) => `hash.md5(0, filesize) == "${i}"`).join(' or ')
  const strings = Array.from(
    { length: 500 },
    (_, i) => `$s${i} = "((((${i}" $r${i} = /a{${i + 1}}\\/\\(\\(/`
  ).join(' ')
  const bytes = Array.from({ length: 300 }, (_, i) => i.toString(16).padStart(2, '0').slice(-2)).join(' | ')
  const rules = `import "hash" // ((((
    rule a { meta: a = "x" b = 1 strings: ${strings} $h = { 4D 5A ( ${bytes} ) [1-3] 00 [4-6] 01 } condition: any of them or ${hashes} }
    rule b { condition: uint32(uint32(0x3c)) == 0x4550 and uint16(uint32(uint32(0x3c) + 4)) > 1 }`
  for (const engine of ENGINES) compileRules([rules], engine)
})

test('hostile programs and archives are scanned or passed over, and never end more than the run', async () => {
  const elf = Buffer.from(smallElf())
  const broken = Array.from({ length: 60 }, (_, i) => {
    const bytes = Buffer.from(elf)
    // Counts, offsets and sizes of tables at their largest.
    for (let at = 16 + i; at < Math.min(64, bytes.length); at += 7) bytes[at] = 0xff
    return [`elf/${i}`, bytes] as const
  })
  const pe = Buffer.alloc(4_096, 0xff)
  pe.write('MZ')
  pe.writeUInt32LE(0x40, 0x3c)
  pe.write('PE\0\0', 0x40, 'latin1')
  const root = planted({
    ...Object.fromEntries(broken),
    pe,
    dex: Buffer.concat([Buffer.from('dex\n035\0', 'latin1'), Buffer.alloc(200, 0xff)]),
    macho: Buffer.concat([Buffer.from('cffaedfe', 'hex'), Buffer.alloc(200, 0xff)]),
    bomb: gzipSync(Buffer.alloc(10 << 20)),
    whole: elf
  })
  const rules = `import "elf" import "pe" import "macho" import "dotnet" import "dex" import "math" import "hash"
    rule e { condition: elf.number_of_sections >= 0 or elf.number_of_segments >= 0 }
    rule p { condition: pe.is_pe and pe.number_of_sections > 1000 }
    rule m { condition: macho.ncmds >= 0 }
    rule n { condition: dotnet.is_dotnet }
    rule x { condition: math.entropy(0, filesize) >= 0.0 and hash.md5(0, filesize) != "" }`
  const { state, rows, coverage } = await ask(root, rules)
  assert.equal(state, 'done')
  assert.equal(coverage?.unreadable, 0)
  assert.ok(
    rows.some(({ rule, path }) => rule === 'e' && Buffer.from(path as Uint8Array).toString() === '/whole')
  )
})
