import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inject, SEA_NOTE } from '../../../agent/build/inject.ts'
import { imageEnd, segmentsOf } from '../../../src/cli/elf.ts'
import { smallElf } from '../../support/small-elf.ts'

test('notes stand behind the zeroes of the last segment, in the file as in memory', () => {
  const blob = Buffer.from('application')
  const made = Buffer.from(
    inject(smallElf(), [
      { name: 'a', bytes: Buffer.from('x') },
      { name: SEA_NOTE, bytes: blob }
    ])
  )
  const segments = segmentsOf(made)
  const [, data, note] = segments
  assert.equal(data!.fileSize, data!.memorySize)
  assert.equal(imageEnd(segments), made.length)
  assert.equal(note!.offset - data!.offset, note!.address - data!.address)
  assert.equal(note!.offset, 0x4f4)
  assert.ok(made.subarray(0x401, note!.offset).every(byte => byte === 0))
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

test('what is no node binary of the known shape is refused', () => {
  assert.throws(() => inject(Buffer.from('#!/bin/sh\n'), []), { code: 'malformed' })
  assert.throws(() => inject(smallElf().fill(0, 0, 4), []), { code: 'malformed' })
  assert.throws(() => inject(smallElf('no fuse'), []), { code: 'internal' })
  const two = smallElf()
  two.writeBigUInt64LE(0x500n, 64 + 32)
  assert.throws(() => inject(two, []), { code: 'internal' })
})
