import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Resolver } from '../../../console/answers/resolve.ts'
import { utf8Bytes } from '../../../src/codec.ts'
import { file } from '../../../src/modules/file.ts'
import { disclose } from '../../../src/trust/commit.ts'
import { fileRow } from '../../support/case.ts'

const ACTION = 'a'.repeat(64)
const wire = (path: string | Uint8Array, change = {}) =>
  disclose('hashed', file, ACTION, [], [fileRow(path, change)]).rows[0]!
const show = (resolver: Resolver, path: string | Uint8Array) =>
  resolver.show('path', file.columns['path'], wire(path)['path'])

test('ordinary names and the literals of the question are known, the odd one stays dark', () => {
  const resolver = new Resolver(ACTION, file, ['/opt/acme-inc/plugins'])
  const { text, dark, json } = show(resolver, '/usr/lib/apache2/modules/odd.so')
  assert.match(text, /^\/usr\/lib\/apache2\/modules\/⟨[0-9a-f]{4}⟩$/)
  assert.equal(dark, true)
  const { c, known } = json as { c: string[]; known: unknown[] }
  assert.equal(c.length, 5)
  assert.deepEqual(known, [{ t: 'usr' }, { t: 'lib' }, { t: 'apache2' }, { t: 'modules' }, null])
  assert.deepEqual(show(resolver, '/opt/acme-inc/plugins').text, '/opt/acme-inc/plugins')
  assert.equal(show(new Resolver(ACTION, file, []), '/opt/acme-inc').dark, true)
})

test('what a reveal opened is known from then on, in its own column only', () => {
  const resolver = new Resolver(ACTION, file, [])
  resolver.learn('path', utf8Bytes('odd.so'))
  assert.equal(show(resolver, '/usr/lib/odd.so').text, '/usr/lib/odd.so')
  const owner = wire('/a', { owner: 'odd.so' })['owner']
  assert.equal(resolver.show('owner', file.columns['owner'], owner).dark, true)
})

test('a commitment of another action says nothing', () => {
  const resolver = new Resolver('b'.repeat(64), file, [])
  assert.equal(show(resolver, '/usr').dark, true)
})

test('values in clear, times and guesses are shown as what they are, and harmless', () => {
  const resolver = new Resolver(ACTION, file, ['10.0.0.1'])
  const column = file.columns['mtime']
  assert.equal(resolver.show('mtime', column, 0).text, '1970-01-01 00:00')
  assert.equal(resolver.show('path', file.columns['path'], utf8Bytes('/\x1b[2J')).text, '/\\x1b[2J')
  assert.deepEqual(resolver.show('path', undefined, Uint8Array.of(0xff)).json, { hex: 'ff' })
  assert.equal(resolver.show('x', undefined, { g: 0 }).text, '10.0.0.1')
  assert.equal(resolver.show('x', undefined, { g: 9 }).text, '?')
  assert.deepEqual(resolver.show('x', undefined, undefined), { text: '', json: null, dark: false })
})
