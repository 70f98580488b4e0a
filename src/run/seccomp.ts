/**
 * What Landlock leaves open to a fenced process, closed by a filter of system calls (seccomp(2), linux/filter.h): sockets
 * of any family, and changes to what files are (owner, mode, times, attributes), which for root reach every file. The list
 * names what is refused and not what is allowed: a newer Node or C library must not break on a call that it came to like.
 */
const CALLS = {
  x64: {
    machine: 0xc000003e,
    refused: [
      [41, 'socket'],
      [90, 'chmod'],
      [91, 'fchmod'],
      [92, 'chown'],
      [93, 'fchown'],
      [94, 'lchown'],
      [101, 'ptrace'],
      [132, 'utime'],
      [188, 'setxattr'],
      [189, 'lsetxattr'],
      [190, 'fsetxattr'],
      [197, 'removexattr'],
      [198, 'lremovexattr'],
      [199, 'fremovexattr'],
      [235, 'utimes'],
      [250, 'keyctl'],
      [260, 'fchownat'],
      [261, 'futimesat'],
      [268, 'fchmodat'],
      [272, 'unshare'],
      [280, 'utimensat'],
      [298, 'perf_event_open'],
      [308, 'setns'],
      [311, 'process_vm_writev'],
      [321, 'bpf'],
      [323, 'userfaultfd']
    ]
  },
  arm64: {
    machine: 0xc00000b7,
    refused: [
      [5, 'setxattr'],
      [6, 'lsetxattr'],
      [7, 'fsetxattr'],
      [14, 'removexattr'],
      [15, 'lremovexattr'],
      [16, 'fremovexattr'],
      [52, 'fchmod'],
      [53, 'fchmodat'],
      [54, 'fchownat'],
      [55, 'fchown'],
      [88, 'utimensat'],
      [97, 'unshare'],
      [117, 'ptrace'],
      [198, 'socket'],
      [219, 'keyctl'],
      [241, 'perf_event_open'],
      [268, 'setns'],
      [271, 'process_vm_writev'],
      [280, 'bpf'],
      [282, 'userfaultfd']
    ]
  }
} as const

/** Newer calls have one number everywhere: io_uring makes sockets too. */
const EVERYWHERE = [
  [425, 'io_uring_setup'],
  [452, 'fchmodat2'],
  [463, 'setxattrat'],
  [466, 'removexattrat'],
  [469, 'file_setattr']
] as const

const LOAD = 0x20
const EQUAL = 0x15
const AT_LEAST = 0x35
const RETURN = 0x06
const ALLOW = 0x7fff0000
/** The caller is told EACCES. */
const REFUSE = 0x00050000 | 13
/** Calls of the x32 form begin here; nothing of ours makes one. */
const X32 = 0x40000000

/** The filter as the kernel takes it, 8 bytes an instruction. */
export const callFilter = (arch: keyof typeof CALLS): Buffer => {
  const { machine, refused } = CALLS[arch]
  const numbers = [...refused, ...EVERYWHERE].map(([number]) => number)
  // From each comparison to the refusal at the end: a jump counts the instructions that it leaves out.
  const program: [code: number, jumpIf: number, jumpElse: number, value: number][] = [
    [LOAD, 0, 0, 4],
    [EQUAL, 0, numbers.length + 3, machine],
    [LOAD, 0, 0, 0],
    [AT_LEAST, numbers.length + 1, 0, X32],
    ...numbers.map((number, i): [number, number, number, number] => [EQUAL, numbers.length - i, 0, number]),
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, REFUSE]
  ]
  const filter = Buffer.alloc(8 * program.length)
  for (const [i, [code, jumpIf, jumpElse, value]] of program.entries()) {
    filter.writeUInt16LE(code, 8 * i)
    filter.writeUInt8(jumpIf, 8 * i + 2)
    filter.writeUInt8(jumpElse, 8 * i + 3)
    filter.writeUInt32LE(value, 8 * i + 4)
  }
  return filter
}
