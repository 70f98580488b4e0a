import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inject, SEA_NOTE } from '../../../agent/build/inject.ts'
import { imageEnd, SEGMENT, segmentsOf } from '../../../src/cli/elf.ts'

/** An ELF file with a text segment, a data segment that has zeroes behind it, a note, and symbols after what is loaded. */
const makeNode = (fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:0'): Buffer => {
  const file = Buffer.alloc(0x700)
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  file.writeBigUInt64LE(64n, 32)
  file.writeBigUInt64LE(0x600n, 40)
  file.writeUInt16LE(56, 54)
  file.writeUInt16LE(3, 56)
  file.writeUInt16LE(9, 60)
  const segment = (
    i: number,
    type: number,
    offset: number,
    address: number,
    size: number,
    memory: number
  ) => {
    const at = 64 + 56 * i
    file.writeUInt32LE(type, at)
    for (const [place, value] of [
      [8, offset],
      [16, address],
      [24, address],
      [32, size],
      [40, memory]
    ] as const)
      file.writeBigUInt64LE(BigInt(value), at + place)
  }
  segment(0, SEGMENT.load, 0, 0x400000, 0x300, 0x300)
  segment(1, SEGMENT.load, 0x300, 0x401300, 0x101, 0x1f2)
  segment(2, SEGMENT.note, 0x200, 0x400200, 0x20, 0x20)
  file.write(fuse, 0x300)
  file.fill(0xee, 0x401)
  return file
}

test('notes stand behind the zeroes of the last segment, in the file as in memory', () => {
  const blob = Buffer.from('application')
  const made = Buffer.from(
    inject(makeNode(), [
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
  assert.throws(() => inject(makeNode().fill(0, 0, 4), []), { code: 'malformed' })
  assert.throws(() => inject(makeNode('no fuse'), []), { code: 'internal' })
  const two = makeNode()
  two.writeBigUInt64LE(0x500n, 64 + 32)
  assert.throws(() => inject(two, []), { code: 'internal' })
})
