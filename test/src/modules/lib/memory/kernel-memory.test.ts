import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { segmentsOf } from '../../../../../src/modules/lib/memory/kcore.ts'
import { memory } from '../../../../../src/modules/memory.ts'
import { plant } from '../../../../support/ask-file.ts'
import { askModule, column } from '../../../../support/ask-module.ts'

interface Segment {
  readonly position: bigint
  readonly address: bigint
  readonly physical: bigint
  readonly length: bigint
}

/** The head of /proc/kcore as the kernel writes it (fs/proc/kcore.c). */
const headOf = (segments: readonly Segment[]): Buffer => {
  const head = Buffer.alloc(64 + 56 * segments.length)
  head.writeUInt32LE(0x464c457f, 0)
  head.set([2, 1, 1], 4)
  head.writeBigUInt64LE(64n, 32)
  head.writeUInt16LE(56, 54)
  head.writeUInt16LE(segments.length, 56)
  for (const [i, { position, address, physical, length }] of segments.entries()) {
    const at = 64 + 56 * i
    head.writeUInt32LE(1, at)
    for (const [offset, value] of [
      [8, position],
      [16, address],
      [24, physical],
      [32, length],
      [40, length]
    ] as const)
      head.writeBigUInt64LE(value, at + offset)
  }
  return head
}

const NONE = 0xffffffffffffffffn
const PAGE = 4_096n
const IMAGE: Segment = { position: PAGE, address: 0xffffffff81000000n, physical: 0x1000000n, length: PAGE }
const MODULES: Segment = { position: 2n * PAGE, address: 0xffffffffc0000000n, physical: NONE, length: PAGE }
/** All of the machine's memory, in which the image lies, and room for what may be mapped. */
const MEMORY: Segment = { position: 3n * PAGE, address: 0xffff888000000000n, physical: 0n, length: 1n << 30n }
const ROOM: Segment = { position: 3n * PAGE, address: 0xffffc90000000000n, physical: NONE, length: 1n << 45n }

/** A host with a kernel that holds a text at each of these places of a page. */
const kernel = (t: TestContext, segments: readonly Segment[], texts: readonly string[]): string => {
  const root = plant(t)
  mkdirSync(join(root, 'proc'))
  const pages = texts.map(text =>
    Buffer.concat([Buffer.alloc(100), Buffer.from(text), Buffer.alloc(3_996 - text.length)])
  )
  const head = Buffer.alloc(Number(PAGE))
  headOf(segments).copy(head)
  writeFileSync(join(root, 'proc/kcore'), Buffer.concat([head, ...pages]))
  return root
}

test('the kernel’s image and modules are looked into, and the memory of the machine is not', async t => {
  const root = kernel(t, [ROOM, IMAGE, MODULES, MEMORY], ['in the image', 'in a module', 'in a process'])
  const { rows, outcome } = await askModule(memory, root, {
    kernel: true,
    content: ['in (the|a) [a-z]+'],
    places: 9
  })
  assert.deepEqual(
    rows.map(row => [row['address'], row['offset'], row['pid']]),
    [
      ['0xffffffff81000064', 100, 0],
      ['0xffffffffc0000064', 100, 0]
    ]
  )
  assert.deepEqual(column(rows, 'mapping'), ['image', 'modules'])
  assert.deepEqual([outcome.coverage.unreadable, outcome.counts], [0, { s1: 2 }])
})

test('pages that the kernel does not show make a no partial', async t => {
  const root = kernel(t, [MEMORY, { ...IMAGE, length: 4n * PAGE }], ['one'])
  const { outcome } = await askModule(memory, root, { kernel: true, text: ['another'] })
  assert.deepEqual([outcome.found, outcome.coverage.unreadable], [false, 1])
})

test('what has another form is refused with a code, whatever it is', async t => {
  const root = plant(t, { 'proc/kcore': 'no core' })
  await assert.rejects(askModule(memory, root, { kernel: true, text: ['abc'] }), { code: 'unsupported' })
  const good = headOf([IMAGE, MEMORY])
  const spoiled = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 })
  fc.assert(
    fc.property(spoiled, fc.nat(good.length), (bytes, length) => {
      const head = Buffer.from(good)
      for (const [at, byte] of bytes) head[at] = byte
      for (const segment of segmentsOf(head.subarray(0, length)) ?? [])
        assert.ok(segment.length > 0 && segment.length <= 4 * 2 ** 30)
    })
  )
})
