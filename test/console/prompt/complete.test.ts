import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { COMMANDS } from '../../../console/commands/index.ts'
import { History } from '../../../console/history.ts'
import { saveHosts } from '../../../console/host-cache.ts'
import { completer } from '../../../console/prompt/complete.ts'
import { knownHost } from '../../support/case.ts'

let home: string
before(() => {
  home = mkdtempSync(join(tmpdir(), 'gumshoe-complete-'))
  const history = new History(home)
  for (const id of ['a', 'b'])
    history.keep({ id: id.repeat(64), at: 0, envelope: new Uint8Array(), targeted: [], names: {} })
  saveHosts(home, [
    knownHost('web-01', { peer: 'p1', tags: ['env=prod', 'role=web'] }),
    knownHost('db-01', { peer: 'p2', tags: ['env=dev', 'role=db'] })
  ])
})
after(() => rmSync(home, { recursive: true, force: true }))

const complete = (line: string) => completer(home, COMMANDS)(line)
const names = (line: string) => complete(line)[0].map(name => name.trim())

test('commands, and commands below them', () => {
  assert.ok(['actions', 'agents'].every(name => names('a').includes(name)))
  assert.deepEqual(names('sho'), ['show'])
  assert.deepEqual(names('mesh rev'), ['revoke'])
  assert.deepEqual(names('local fi'), ['file'])
  assert.ok(names('help ').includes('target'))
  assert.deepEqual(names('nonsense x'), [])
})

test('flags of the command, and the closed values of a flag', () => {
  assert.deepEqual(names('file --md'), ['--md5'])
  assert.ok(names('file --path /etc --').includes('--target'))
  assert.deepEqual(
    names('show a1 --ho'),
    ['--home', '--hosts'].filter(name => names('show a1 --').includes(name))
  )
  assert.deepEqual(names('file --mismatch con'), ['content'])
  assert.deepEqual(names('local file --set'), ['--setuid'])
})

test('tags, facts and words of a target, each by itself inside quotes and brackets', () => {
  assert.deepEqual(names('file -t role=w'), ['role=web'])
  assert.deepEqual(names(`file --target 'role=web and env=`), ['env=', 'env=dev', 'env=prod'])
  assert.deepEqual(names('agents -t hostname=w'), ['hostname=web-01'])
  assert.deepEqual(names(`file -t '(role=web or kern`), ['kernel'])
  assert.deepEqual(complete(`file -t 'role=web and en`)[1], 'en', 'only the last of them is replaced')
})

test('inside of an operation its module and the flags of that; in a condition the operations of the line', () => {
  assert.deepEqual(names(`compose --op 'a: fil`), ['file'])
  assert.deepEqual(names(`compose --op 'file --md`), ['--md5'])
  assert.deepEqual(names(`compose --op 'a: file --mismatch con`), ['content'])
  assert.deepEqual(names(`compose --op 'a: nonsense --`), [])
  const line = `compose --op 'a: file --path /etc' --op 'b: process' --when '`
  assert.deepEqual(names(`${line}b`), ['b)', 'b:'])
  assert.deepEqual(names(`${line}b: fou`), ['found('])
  assert.deepEqual(names(`${line}b: found(a`), ['a)', 'a1)', 'a2)', 'a:', 'answered('])
})

test('what odd ranks, and from where known learns', () => {
  assert.ok(['file', 'a1', 'a2'].every(name => names('odd ').includes(name)))
  assert.deepEqual(names('odd file --col'), ['--column'])
  assert.deepEqual(names('known add '), ['a1', 'a2', 'db-01', 'web-01'])
  assert.deepEqual(names('known add a1 w'), ['web-01'])
  assert.deepEqual(names('known forget '), [])
})

test('short names of actions, hosts of show, and grep after a bar', () => {
  assert.deepEqual(names('show a'), ['a1', 'a2'])
  assert.deepEqual(names('cancel '), ['a1', 'a2'])
  assert.deepEqual(names('show a1 we'), ['web-01'])
  assert.deepEqual(names('file --widens '), ['a1', 'a2'])
  assert.deepEqual(names('agents | '), ['grep'])
})

test('a home without anything completes commands all the same', () => {
  const [found] = completer(join(home, 'none'), COMMANDS)('show a')
  assert.deepEqual(found, [])
  assert.ok(completer(join(home, 'none'), COMMANDS)('agents -t ')[0].includes('all'))
})
