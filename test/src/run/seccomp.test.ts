import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callFilter, memoryFilter, processFilter, tracingFilter } from '../../../src/run/seccomp.ts'

const MACHINES = { x64: 0xc000003e, arm64: 0xc00000b7 } as const
const ALLOWED = 0x7fff0000
const REFUSED = 0x5000d
const PID = 4_711

/** Runs a filter as the kernel does (linux/filter.h), over the five forms of instruction that ours have. */
const judge = (filter: Buffer, machine: number, call: number, ...args: number[]): number => {
  let held = 0
  for (let at = 0; ; at++) {
    const value = filter.readUInt32LE(8 * at + 4)
    const jump = (holds: boolean): number => filter.readUInt8(8 * at + (holds ? 2 : 3))
    switch (filter.readUInt16LE(8 * at)) {
      case 0x20:
        held = value === 4 ? machine : value >= 16 ? (args[(value - 16) / 8] ?? 0) : call
        break
      case 0x15:
        at += jump(held === value)
        break
      case 0x35:
        at += jump(held >= value)
        break
      case 0x45:
        at += jump((held & value) !== 0)
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
    const filter = callFilter(arch, PID)
    for (const call of calls[arch].refused)
      assert.equal(judge(filter, MACHINES[arch], call), 0x5000d, `${arch} ${call}`)
    for (const call of calls[arch].allowed)
      assert.equal(judge(filter, MACHINES[arch], call), ALLOWED, `${arch} ${call}`)
  }
})

test('calls in the form of another machine are refused, whatever their number', () => {
  assert.equal(judge(callFilter('x64', PID), 0x40000003, 3), 0x5000d)
  assert.equal(judge(callFilter('x64', PID), MACHINES.x64, 0x40000000), 0x5000d)
  assert.equal(judge(callFilter('arm64', PID), MACHINES.x64, 3), 0x5000d)
})

test('what concerns a process is for the process itself', () => {
  const calls = {
    x64: { own: [142, 144, 203, 302, 314], signals: [62, 234], others: [129, 200, 297, 424] },
    arm64: { own: [118, 119, 122, 261, 274], signals: [129, 131], others: [130, 138, 240, 424] }
  }
  for (const arch of ['x64', 'arm64'] as const) {
    const on = (call: number, first: number) => judge(callFilter(arch, PID), MACHINES[arch], call, first)
    for (const call of calls[arch].own)
      assert.deepEqual([on(call, 0), on(call, PID), on(call, 1)], [ALLOWED, REFUSED, REFUSED])
    for (const call of calls[arch].signals)
      assert.deepEqual([on(call, PID), on(call, 0), on(call, 2 ** 32 - 1)], [ALLOWED, REFUSED, REFUSED])
    for (const call of calls[arch].others) assert.equal(on(call, PID), REFUSED)
  }
})

test('nobody else waits for a child: neither for a lock, nor for his turn', () => {
  const calls = {
    x64: { refused: [53, 73, 251], setpriority: 141, fcntl: 72 },
    arm64: { refused: [199, 32, 30], setpriority: 140, fcntl: 25 }
  }
  for (const arch of ['x64', 'arm64'] as const) {
    const on = (call: number, ...args: number[]) =>
      judge(callFilter(arch, PID), MACHINES[arch], call, ...args)
    const { refused, setpriority, fcntl } = calls[arch]
    for (const call of refused) assert.equal(on(call), REFUSED)
    for (const command of [6, 7, 37, 38]) assert.equal(on(fcntl, 1, command), REFUSED)
    assert.equal(on(setpriority, 0, 0, 19), ALLOWED)
    // Another process, and all of its group or of its user.
    for (const [which, who] of [
      [0, 1],
      [1, 0],
      [2, 0]
    ] as const)
      assert.equal(on(setpriority, which, who), REFUSED)
  }
})

test('a child starts threads and no process', () => {
  const calls = { x64: { clone: 56, refused: [57, 58, 59, 322] }, arm64: { clone: 220, refused: [221, 281] } }
  for (const arch of ['x64', 'arm64'] as const) {
    const on = (call: number, first = 0) => judge(processFilter(arch), MACHINES[arch], call, first)
    for (const call of calls[arch].refused) assert.equal(on(call), REFUSED)
    // What glibc asks for a thread, and for a fork.
    assert.deepEqual([on(calls[arch].clone, 0x3d0f00), on(calls[arch].clone, 17)], [ALLOWED, REFUSED])
    assert.equal(on(435), 0x50026)
    for (const call of [0, 3, 63, 257, 231]) assert.equal(on(call), ALLOWED)
  }
})

test('a file is opened to read, whatever its path, and no name is made, changed or removed', () => {
  const opens = { x64: [2, 1, 257, 2], arm64: [56, 2] } as const
  const names = {
    x64: [76, 77, 82, 83, 84, 85, 86, 87, 88, 133, 165, 258, 263, 264, 265, 316],
    arm64: [33, 34, 35, 36, 37, 38, 40, 45, 46, 276]
  }
  const [read, directory, path, never] = [0, 0x10000, 0x200000, 0x800]
  const [write, both, create, truncate, nameless] = [1, 2, 0x40, 0x200, 0x410000]
  for (const arch of ['x64', 'arm64'] as const) {
    const on = (call: number, ...args: number[]) =>
      judge(callFilter(arch, PID), MACHINES[arch], call, ...args)
    for (let i = 0; i < opens[arch].length; i += 2) {
      const flagged = (flags: number) => on(opens[arch][i]!, ...Array(opens[arch][i + 1]!).fill(1), flags)
      for (const flags of [read, directory, path, never, 0x80000])
        assert.equal(flagged(flags), ALLOWED, `${arch} ${flags}`)
      for (const flags of [write, both, 3, create, truncate, nameless, write | create | truncate])
        assert.equal(flagged(flags), REFUSED, `${arch} ${flags}`)
    }
    for (const call of names[arch]) assert.equal(on(call), REFUSED, `${arch} ${call}`)
    assert.equal(on(437), 0x50026)
  }
})

test('no signal is sent by way of a descriptor, and none is asked for more than whether it is a terminal', () => {
  const calls = { x64: [72, 16], arm64: [25, 29] } as const
  for (const arch of ['x64', 'arm64'] as const) {
    const [fcntl, ioctl] = calls[arch]
    const on = (call: number, what: number) => judge(callFilter(arch, PID), MACHINES[arch], call, 1, what)
    for (const command of [1, 2, 3, 4, 1_030]) assert.equal(on(fcntl, command), ALLOWED)
    for (const command of [8, 10, 15]) assert.equal(on(fcntl, command), REFUSED)
    for (const request of [0x5401, 0x5421, 0x5451]) assert.equal(on(ioctl, request), ALLOWED)
    // TIOCSTI, FIOSETOWN, FS_IOC_SETFLAGS.
    for (const request of [0x5412, 0x8901, 0x40086602]) assert.equal(on(ioctl, request), 0x50019)
  }
})

test('who looks into processes reads files from their beginning only', () => {
  const calls = { x64: [17, 295, 327, 8, 40, 275, 326, 206], arm64: [67, 69, 286, 62, 71, 76, 285, 0] }
  const reads = { x64: 0, arm64: 63 }
  for (const arch of ['x64', 'arm64'] as const) {
    const on = (call: number) => judge(memoryFilter(arch), MACHINES[arch], call)
    for (const call of calls[arch]) assert.equal(on(call), REFUSED)
    assert.equal(on(reads[arch]), ALLOWED)
  }
})

test('an agent traces nobody, and goes on otherwise', () => {
  const calls = { x64: [101, 310, 311, 438], arm64: [117, 270, 271, 438] }
  for (const arch of ['x64', 'arm64'] as const) {
    const on = (call: number) => judge(tracingFilter(arch), MACHINES[arch], call)
    for (const call of calls[arch]) assert.equal(on(call), REFUSED)
    for (const call of [0, 1, 41, 56, 59, 63, 198, 221, 257, 435]) assert.equal(on(call), ALLOWED)
  }
})

test('who asks other machines opens sockets of the internet, and takes no port', () => {
  const calls = {
    x64: { socket: 41, waiting: [43, 49, 50, 288], allowed: [0, 42, 44, 45, 54, 257] },
    arm64: { socket: 198, waiting: [200, 201, 202, 242], allowed: [56, 63, 203, 206, 207, 208] }
  }
  const [unix, inet, inet6, netlink, packet] = [1, 2, 10, 16, 17]
  for (const arch of ['x64', 'arm64'] as const) {
    const { socket, waiting, allowed } = calls[arch]
    const on = (call: number, first = 0, network = true) =>
      judge(callFilter(arch, PID, network), MACHINES[arch], call, first)
    for (const family of [inet, inet6])
      assert.deepEqual([on(socket, family), on(socket, family, false)], [ALLOWED, REFUSED])
    for (const family of [0, unix, netlink, packet, 40])
      assert.equal(on(socket, family), REFUSED, String(family))
    for (const call of waiting) assert.equal(on(call), REFUSED, `${arch} ${call}`)
    for (const call of allowed) assert.equal(on(call), ALLOWED, `${arch} ${call}`)
  }
})
