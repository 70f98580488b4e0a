import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import yargs from 'yargs'
import { command as enrol } from '../../../console/commands/enrol.ts'
import { command as key } from '../../../console/commands/key.ts'
import { command as lock } from '../../../console/commands/lock.ts'
import { command as mesh } from '../../../console/commands/mesh.ts'
import { command as sign } from '../../../console/commands/sign.ts'
import { decodeEnrolment } from '../../../src/documents/enrolment.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { runAdmin } from '../../support/admin-run.ts'

// The commands as they are typed: two admins in two homes, one of them with a passphrase.
let directory: string
const at = (name: string) => join(directory, name)
const typed = (home: string, ...argv: string[]) => runAdmin([...argv, '--home', at(home)])
const withSecret = (home: string, ...argv: string[]) =>
  runAdmin([...argv, '--home', at(home), '--passphrase-fd', '3'], 'secret')

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'gumshoe-commands-'))
})
after(() => rmSync(directory, { recursive: true, force: true }))

test('a mesh of two admins from its keys to its first enrolment file', async () => {
  const [anna, paul] = await Promise.all([
    typed('anna', 'key', 'make', 'Anna', '--no-passphrase'),
    withSecret('paul', 'key', 'make', 'Paul')
  ])
  assert.match(anna.out, /^[0-9a-f]{40}\n$/)
  assert.equal(paul.status, 0, paul.err)
  await typed('paul', 'key', 'export', '-o', at('paul.pub'))

  const node = `/ip4/127.0.0.1/tcp/9/p2p/${makeIdentity().peer}`
  const create = ['mesh', 'create', 'acme', '--admin', 'anna=me', '--admin', `paul=${at('paul.pub')}`]
  const files = ['--recovery', at('recovery.key'), '--no-recovery-passphrase', '-o', at('acme.charter')]
  const unasked = await typed('anna', ...create, '--bootstrap', node, ...files)
  assert.deepEqual([unasked.status, unasked.out], [2, ''], 'nobody can be asked, and --yes was not said')
  assert.equal(existsSync(at('recovery.key')), false)
  const made = await typed('anna', ...create, '--bootstrap', node, ...files, '--yes')
  assert.equal(made.out, `${at('acme.charter.saved')}\n`, made.err)

  const wrong = await runAdmin(
    ['sign', at('acme.charter.saved'), '--home', at('paul'), '--passphrase-fd', '3', '--yes'],
    'guess'
  )
  assert.deepEqual([wrong.status, wrong.out], [6, ''])
  assert.match(wrong.err, /^error\[bad-passphrase\]: .*\nfix: /m)
  assert.equal(wrong.err.includes('    at '), false)
  const signed = await withSecret('paul', 'sign', at('acme.charter.saved'), '--yes')
  const id = signed.out.trim()
  assert.match(id, /^[0-9a-f]{64}$/)
  assert.equal((await typed('anna', 'mesh', 'join', at('acme.charter'))).out.trim(), id)

  const shown = await typed('anna', 'mesh', 'show')
  assert.ok(
    shown.out.includes(`mesh ${id.replace(/.{4}/g, '$& ').trim()}\n`) && shown.out.includes('paul  admin')
  )
  assert.equal(shown.err, '')

  const change = ['mesh', 'policy', '--yes', '--save', at('v2.saved'), '--rate']
  assert.equal((await typed('anna', ...change, '30')).out, `${at('v2.saved')}\n`)
  const waits = readFileSync(at('v2.saved'))
  const second = await typed('anna', ...change, '40')
  assert.deepEqual([second.status, second.out], [2, ''], 'a change that waits is not lost to the next one')
  assert.match(second.err, /^error\[usage\]: .*v2\.saved .*\nfix: .*gumshoe sign/m)
  assert.deepEqual(readFileSync(at('v2.saved')), waits)

  const enrolled = await typed(
    'anna',
    'enrol',
    '--tag',
    'role=web',
    '--tag',
    'env=prod',
    '-o',
    at('web.enrol'),
    '--yes'
  )
  assert.equal(enrolled.out, `${at('web.enrol')}.saved\n`, enrolled.err)
  assert.equal((await withSecret('paul', 'sign', at('web.enrol.saved'), '--yes')).out, `${at('web.enrol')}\n`)
  assert.equal(decodeEnrolment(new Uint8Array(readFileSync(at('web.enrol')))).charters.length, 1)
  assert.equal(statSync(at('web.enrol')).mode & 0o077, 0)
})

test('what is wrong is said in a sentence with its fix and the status of screens.md', async () => {
  const cases: [string[], number, string][] = [
    [['mesh', 'show'], 2, 'no-home'],
    [['mesh', 'frob'], 2, 'usage'],
    [['mesh', 'create', 'x'], 2, 'usage'],
    [['mesh', 'join', at('nothing.charter')], 2, 'not-found'],
    [['enrol', '--tag', 'role=web', '--expires', 'soon'], 2, 'usage'],
    [['key', 'list'], 6, 'no-key'],
    [['key', 'import'], 2, 'usage'],
    [['mesh', 'join', join(import.meta.dirname, 'mesh.test.ts')], 2, 'malformed'],
    [['key', 'export'], 2, 'usage'],
    [['key', 'export', '--ouf', 'x'], 2, 'usage'],
    [['mesh', 'policy'], 2, 'usage'],
    [['sign', join(import.meta.dirname, 'mesh.test.ts')], 2, 'malformed']
  ]
  const results = await Promise.all(cases.map(([argv]) => typed('nobody', ...argv)))
  for (const [i, [argv, status, code]] of cases.entries()) {
    const { err, out, ...result } = results[i]!
    assert.equal(result.status, status, `${argv.join(' ')}: ${err}`)
    assert.match(err, new RegExp(`^error\\[${code}\\]: .+\\nfix: .+\\n$`))
    assert.equal(out, '')
  }
  assert.equal(existsSync(at('nobody')), false, 'nothing was made')
})

test('what is typed wrong is told before a passphrase is asked for', async () => {
  const save = ['--save', at('never.saved'), '--yes']
  const cases: [string[], string][] = [
    [['mesh', 'add', 'investigator', 'joe', ...save], 'usage'],
    [['mesh', 'add', 'investigator', 'joe=nowhere.pub', ...save], 'no-key'],
    [['mesh', 'revoke', 'grant', 'web', ...save], 'usage'],
    [['key', 'make', ' '], 'usage']
  ]
  const results = await Promise.all(cases.map(([argv]) => typed('paul', ...argv)))
  for (const [i, [argv, code]] of cases.entries())
    assert.match(results[i]!.err, new RegExp(`^error\\[${code}\\]: (?!.*is locked)`), argv.join(' '))
  // A newer charter may name him, so the mesh is asked all the same; what is known is said before.
  const nobody = await typed('paul', 'mesh', 'revoke', 'person', 'nobody', ...save)
  assert.match(
    nobody.err,
    /^The charter names no nobody\. So it is in version 1; .*\nerror\[bad-passphrase\]/
  )
})

test('help stands beside every command, with an example', async () => {
  const commands = [
    ...['make', 'import', 'list', 'export', 'use', 'remove'].map(verb => ['key', verb]),
    ...['create', 'show', 'join', 'add', 'policy', 'revoke', 'push'].map(verb => ['mesh', verb]),
    ['enrol'],
    ['sign'],
    ['lock']
  ]
  for (const argv of commands) {
    const parser = yargs().scriptName('gumshoe').exitProcess(false)
    for (const command of [enrol, key, lock, mesh, sign]) parser.command(command as never)
    const screen = await new Promise<string>(done =>
      parser.parse([...argv, '--help'], {}, (_error, _argv, output) => done(output))
    )
    assert.match(screen, /Examples:\n {2}gumshoe /, argv.join(' '))
  }
})
