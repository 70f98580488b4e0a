import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callFilter } from '../../../src/run/seccomp.ts'

const MACHINES = { x64: 0xc000003e, arm64: 0xc00000b7 } as const
const ALLOWED = 0x7fff0000

/** Runs a filter as the kernel does (linux/filter.h), over the four forms of instruction that ours has. */
const judge = (filter: Buffer, machine: number, call: number): number => {
  let held = 0
  for (let at = 0; ; at++) {
    const value = filter.readUInt32LE(8 * at + 4)
    const jump = (holds: boolean): number => filter.readUInt8(8 * at + (holds ? 2 : 3))
    switch (filter.readUInt16LE(8 * at)) {
      case 0x20:
        held = value === 4 ? machine : call
        break
      case 0x15:
        at += jump(held === value)
        break
      case 0x35:
        at += jump(held >= value)
        break
      default:
        return value
    }
  }
}

test('sockets, owners and modes are refused, what a reader needs is not', () => {
  const calls = {
    x64: { refused: [41, 90, 91, 94, 260, 268, 280, 425, 452], allowed: [0, 1, 2, 9, 217, 231, 257, 262] },
    arm64: { refused: [198, 52, 53, 54, 55, 88, 425, 452], allowed: [56, 57, 61, 63, 64, 78, 79, 94, 222] }
  }
  for (const arch of ['x64', 'arm64'] as const) {
    const filter = callFilter(arch)
    for (const call of calls[arch].refused)
      assert.equal(judge(filter, MACHINES[arch], call), 0x5000d, `${arch} ${call}`)
    for (const call of calls[arch].allowed)
      assert.equal(judge(filter, MACHINES[arch], call), ALLOWED, `${arch} ${call}`)
  }
})

test('calls in the form of another machine are refused, whatever their number', () => {
  assert.equal(judge(callFilter('x64'), 0x40000003, 3), 0x5000d)
  assert.equal(judge(callFilter('x64'), MACHINES.x64, 0x40000000), 0x5000d)
  assert.equal(judge(callFilter('arm64'), MACHINES.x64, 3), 0x5000d)
})
