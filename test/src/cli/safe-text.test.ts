import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { jsonBytes, safeBytes, safeText, UNSAFE } from '../../../src/cli/safe-text.ts'
import { utf8Bytes } from '../../../src/codec.ts'

test('escapes, controls, direction marks and invisible characters are shown by their code', () => {
  assert.equal(safeText('a\x1b[31mred\x07'), 'a\\x1b[31mred\\x07')
  assert.equal(safeText('\x9b2J'), '\\x9b2J', 'the C1 form of an escape')
  assert.equal(safeText('exe\u202egpj.'), 'exe\\u202egpj.')
  assert.equal(safeText('a\u200bb\u{e0041}'), 'a\\u200bb\\ue0041')
  assert.equal(safeText('one\ntwo\u2028three'), 'one\\x0atwo\\u2028three')
  assert.equal(safeText('naïve ⟨7f3a⟩ 日本 <b>'), 'naïve ⟨7f3a⟩ 日本 <b>')
})

test('no text keeps anything that does something to a terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      assert.equal(safeText(text).search(UNSAFE), -1)
    })
  )
})

test('bytes are shown as text where they are UTF-8, else byte by byte, and never lost in JSON', () => {
  assert.equal(safeBytes(utf8Bytes('/srv/ü')), '/srv/ü')
  assert.equal(safeBytes(Uint8Array.of(0x61, 0xff, 0x1b)), 'a\\xff\\x1b')
  assert.deepEqual(jsonBytes(Uint8Array.of(0xff, 0x0a)), { hex: 'ff0a' })
  fc.assert(
    fc.property(fc.uint8Array(), bytes => {
      assert.equal(safeBytes(bytes).search(UNSAFE), -1)
      const json = jsonBytes(bytes)
      assert.deepEqual(
        'hex' in json ? new Uint8Array(Buffer.from(json.hex, 'hex')) : utf8Bytes(json.t),
        bytes
      )
    })
  )
})
