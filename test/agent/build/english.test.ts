import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { inject, SEA_NOTE } from '../../../agent/build/inject.ts'
import type { Architecture } from '../../../agent/build/parts.ts'
import { partsFor } from '../../../agent/build/parts.ts'
import { ROOT } from '../../source-tree.ts'

/** Everything of ICU that the programs and what they load could ask for, in the languages of its one argument. */
const ASK = `
const said = []
const say = (...ask) => { for (const one of ask) try { said.push(String(one())) } catch (error) { said.push('threw ' + error.message) } }
for (const locale of process.argv.at(-1).split(',')) say(
  () => new Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR' }).format(1234.5),
  () => new Intl.NumberFormat(locale, { style: 'unit', unit: 'liter', unitDisplay: 'long' }).format(2),
  () => new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'full', timeZone: 'Europe/Berlin' }).format(0),
  () => ['z', 'ä', 'a', 'Z'].sort(new Intl.Collator(locale).compare).join(),
  () => [...new Intl.Segmenter(locale).segment('e\\u0301 สวัสดี 👨‍👩‍👧')].length,
  () => [...new Intl.Segmenter(locale, { granularity: 'word' }).segment('a b')].length,
  () => new Intl.RelativeTimeFormat(locale).format(-1, 'day') + new Intl.ListFormat(locale).format(['a', 'b']),
  () => new Intl.DisplayNames(locale, { type: 'region' }).of('DE') + new Intl.PluralRules(locale).select(2),
  () => 'I'.toLocaleLowerCase(locale) + (1e6).toLocaleString(locale) + new Date(0).toLocaleString(locale)
)
if (process.argv.at(-1).startsWith('en')) for (const timeZone of Intl.supportedValuesOf('timeZone'))
  say(() => new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'short' }).format(1.7e12))
say(
  () => ['NFC', 'NFD', 'NFKC', 'NFKD'].map(form => encodeURI('ﬁäÅ①가'.normalize(form))),
  () => new URL('http://BÜCHER.example/').href + /^\\p{Script=Greek}\\p{RGI_Emoji}$/v.test('α👨‍👩‍👧'),
  () => ['utf-8', 'utf-16le', 'latin1', 'windows-1252'].map(name => new TextDecoder(name).decode(new Uint8Array([65, 0, 66, 0]))),
  () => new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xc3]))
)
console.log(JSON.stringify(said))`

test('an executable speaks English as node does, knows every time zone, and stops at no other language', t => {
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-english-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  writeFileSync(join(directory, 'ask.cjs'), ASK)
  const config = { main: 'ask.cjs', output: 'blob', disableExperimentalSEAWarning: true }
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config))
  const run = (file: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}): string =>
    execFileSync(file, argv, { cwd: directory, env, encoding: 'utf8', stdio: 'pipe' })
  run(process.execPath, ['--experimental-sea-config', 'config.json'])
  const blob = readFileSync(join(directory, 'blob'))
  const { node } = partsFor(ROOT, process.arch as Architecture)
  const executable = join(directory, 'ask')
  writeFileSync(executable, inject(node, [{ name: SEA_NOTE, bytes: blob }]), { mode: 0o755 })
  const ofNode = JSON.parse(run(process.execPath, ['ask.cjs', 'en,en-GB']))
  assert.deepEqual(JSON.parse(run(executable, ['en,en-GB'])), ofNode)
  assert.equal(ofNode.filter((text: string) => text.startsWith('threw')).length, 1)
  for (const LC_ALL of ['de_DE.UTF-8', 'ja_JP.eucJP', 'xx']) {
    const others: string[] = JSON.parse(run(executable, ['de,ja,th,ar-EG,zh-Hant,tr,xx'], { LC_ALL }))
    assert.equal(others.filter(text => text.startsWith('threw')).length, 1)
  }
})
