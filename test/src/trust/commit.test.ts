import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeCbor, encodeCbor, toHex, utf8Bytes } from '../../../src/codec.ts'
import { wireRowSchema } from '../../../src/documents/wire-row.ts'
import type { Column, Row } from '../../../src/modules/spec.ts'
import {
  commitKey,
  commitment,
  committer,
  disclose,
  joinPath,
  pathCommitments,
  splitPath
} from '../../../src/trust/commit.ts'

const action = 'ab'.repeat(32)
const column = (type: Column['type'], secrecy: Column['secrecy']): Column => ({ type, secrecy, doc: '' })
const spec = {
  name: 'file',
  major: 1,
  columns: {
    path: column('path', 'private'),
    link: column('bytes', 'private'),
    size: column('count', 'plain'),
    owner: column('text', 'guessable')
  }
}
const row: Row = { path: utf8Bytes('/usr/lib/evil.so'), link: utf8Bytes('x'), size: 48_120, owner: 'root' }

test('a commitment is what design.md 4 says, byte for byte', () => {
  const key = createHash('sha256').update(`gumshoe/commit/1\0${action}`).digest()
  assert.equal(toHex(commitKey(action)), key.toString('hex'))
  const mac = createHmac('sha256', key).update('file/1\0path\0evil.so').digest('hex')
  assert.equal(toHex(commitment(commitKey(action), 'file/1', 'path', utf8Bytes('evil.so'))), mac.slice(0, 32))
})

test('match lets no row out', () => {
  assert.deepEqual(disclose('match', spec, action, ['root'], [row]), { rows: [], openings: [] })
})

test('clear lets the declared columns out and nothing else', () => {
  const hostile = { ...row, secret: 'undeclared' }
  const { rows, openings } = disclose('clear', spec, action, [], [hostile])
  assert.deepEqual(rows, [row])
  assert.deepEqual(openings, [])
})

test('hashed: plain as it is, private as commitments, guessable as which literal', () => {
  const { rows, openings } = disclose(
    'hashed',
    spec,
    action,
    ['www', 'root'],
    [{ ...row, secret: 'undeclared' }]
  )
  const key = commitKey(action)
  assert.deepEqual(rows, [
    {
      path: { p: ['usr', 'lib', 'evil.so'].map(name => commitment(key, 'file/1', 'path', utf8Bytes(name))) },
      link: { c: commitment(key, 'file/1', 'link', utf8Bytes('x')) },
      size: 48_120,
      owner: { g: 1 }
    }
  ])
  assert.deepEqual(
    openings.map(opening => [opening.column, new TextDecoder().decode(opening.value)]),
    [
      ['path', 'usr'],
      ['path', 'lib'],
      ['path', 'evil.so'],
      ['link', 'x']
    ]
  )
  assert.deepEqual(wireRowSchema.parse(decodeCbor(encodeCbor(rows[0]))), rows[0])
})

test('a guessable value that is no literal of the question is not in the row', () => {
  const { rows } = disclose('hashed', spec, action, ['www'], [row])
  assert.equal('owner' in rows[0]!, false)
})

test('no private or guessable byte is in what leaves the host', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 40 }), bytes => {
      const marker = Uint8Array.from(bytes, byte => (byte === 0x2f ? 0x30 : byte))
      const text = toHex(marker)
      const path = joinPath(true, [utf8Bytes('var'), marker])
      const { rows } = disclose('hashed', spec, action, [], [{ path, link: marker, size: 1, owner: text }])
      const wire = Buffer.from(encodeCbor(rows))
      assert.equal(wire.includes(Buffer.from(marker)), false)
      assert.equal(wire.includes(text), false)
    })
  )
})

test('equal values commit alike in one action, and not alike in another, or in another column or module', () => {
  const evil = utf8Bytes('evil.so')
  const key = commitKey(action)
  const base = toHex(commitment(key, 'file/1', 'path', evil))
  assert.equal(toHex(commitment(key, 'file/1', 'path', evil)), base)
  const others = [
    commitment(commitKey('cd'.repeat(32)), 'file/1', 'path', evil),
    commitment(key, 'file/2', 'path', evil),
    commitment(key, 'file/1', 'link', evil),
    commitment(key, 'file/1', 'path', utf8Bytes('evil.s0'))
  ]
  assert.equal(new Set([base, ...others.map(toHex)]).size, 5)
})

test('a value is committed and kept once, however often it comes', () => {
  const rows = Array.from({ length: 50 }, (_, i) => ({ path: utf8Bytes(`/usr/lib/${i % 3}`), size: i }))
  assert.equal(disclose('hashed', spec, action, [], rows).openings.length, 2 + 3)
})

test('a path splits and joins to itself, whatever its bytes', () => {
  const part = fc.uint8Array({ maxLength: 5 })
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.constant(Uint8Array.of(0x2f)))), parts => {
      const path = new Uint8Array(Buffer.concat(parts))
      const { absolute, components } = splitPath(path)
      assert.ok(components.every(component => !component.includes(0x2f)))
      assert.deepEqual(joinPath(absolute, components), path)
    })
  )
  assert.equal(pathCommitments(commitKey(action), 'file/1', 'path', utf8Bytes('/a/b')).length, 2)
})

test('committing many values of a column gives what committing each gives', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 8 }),
      (column, values) => {
        const key = commitKey(action)
        const commit = committer(key, 'file/1', column)
        for (const value of [...values, ...values])
          assert.equal(toHex(commit(value)), toHex(commitment(key, 'file/1', column, value)))
      }
    )
  )
})
