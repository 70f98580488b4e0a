import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inject, SEA_NOTE } from '../../../agent/build/inject.ts'
import { imageEnd, segmentsOf } from '../../../src/cli/elf.ts'
import { smallElf, TABLE_AT } from '../../support/small-elf.ts'

test('notes stand where other languages stood, in the file as in memory', () => {
  const blob = Buffer.from('application')
  const made = Buffer.from(
    inject(smallElf(), [
      { name: 'a', bytes: Buffer.from('x') },
      { name: SEA_NOTE, bytes: blob }
    ])
  )
  const segments = segmentsOf(made)
  const [text, , note] = segments
  assert.equal(imageEnd(segments), made.length)
  assert.equal(note!.offset - text!.offset, note!.address - text!.address)
  // Of the languages root is left: a table of one, its name, and 16 bytes of its own.
  assert.equal(made.readUInt32LE(TABLE_AT), 1)
  assert.equal(
    made.toString('latin1', TABLE_AT + 12, TABLE_AT + 0x30),
    'icudt78l/root.res\0\0\0root.resroot.res'
  )
  assert.equal(note!.offset, TABLE_AT + 0x30)
  assert.ok(!made.includes('de.res'))
  // First the note a: 12 bytes of head, a name of 4 and a descriptor of 4; then the other.
  const second = note!.offset + 20
  assert.equal(made.readUInt32LE(second), SEA_NOTE.length + 1)
  assert.equal(made.readUInt32LE(second + 4), blob.length)
  assert.equal(made.toString('latin1', second + 12, second + 12 + SEA_NOTE.length), SEA_NOTE)
  assert.ok(
    made
      .subarray(second + 12 + 16)
      .subarray(0, blob.length)
      .equals(blob)
  )
  assert.ok(made.includes('b8b5df1996b2:1'))
  assert.ok(!made.includes(0xee), 'what is not loaded is left away')
  assert.equal(made.readBigUInt64LE(40), 0n)
})

test('what is no node binary of the known shape is refused, and an application without room', () => {
  assert.throws(() => inject(Buffer.from('#!/bin/sh\n'), []), { code: 'malformed' })
  assert.throws(() => inject(smallElf().fill(0, 0, 4), []), { code: 'malformed' })
  assert.throws(() => inject(smallElf({ fuse: 'no fuse' }), []), { code: 'internal' })
  assert.throws(() => inject(smallElf().fill(0, TABLE_AT - 0x20, TABLE_AT), []), { code: 'internal' })
  for (const languages of [
    [],
    [['icudt78l/root.res', 16]],
    [
      ['icudt78l/root.res', 8],
      ['icudt78l/zu.res', 8]
    ]
  ] as const)
    assert.throws(() => inject(smallElf({ languages }), []), { code: 'internal' })
  assert.throws(() => inject(smallElf(), [{ name: 'a', bytes: Buffer.alloc(0x240) }]), { code: 'internal' })
})
