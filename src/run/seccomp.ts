/**
 * What Landlock leaves open to a fenced process, closed by a filter of system calls (seccomp(2), linux/filter.h): sockets
 * of any family; changes to what files are (owner, mode, times, attributes), which for root reach every file; files by
 * handle, which leave a container; memory and messages shared with others; keys, for which the kernel starts a program. The
 * list names what is refused and not what is allowed: a newer Node or C library must not break on a call that it came to
 * like. `own` are calls about a process of the same user, which may be about this one only; `signals` likewise, where it
 * names itself (Landlock holds signals from its sixth ABI on).
 */
const CALLS = {
  x64: {
    machine: 0xc000003e,
    refused: [
      [29, 'shmget'],
      [30, 'shmat'],
      [41, 'socket'],
      [64, 'semget'],
      [68, 'msgget'],
      [69, 'msgsnd'],
      [90, 'chmod'],
      [91, 'fchmod'],
      [92, 'chown'],
      [93, 'fchown'],
      [94, 'lchown'],
      [101, 'ptrace'],
      [129, 'rt_sigqueueinfo'],
      [132, 'utime'],
      [188, 'setxattr'],
      [189, 'lsetxattr'],
      [190, 'fsetxattr'],
      [197, 'removexattr'],
      [198, 'lremovexattr'],
      [199, 'fremovexattr'],
      [200, 'tkill'],
      [235, 'utimes'],
      [240, 'mq_open'],
      [241, 'mq_unlink'],
      [248, 'add_key'],
      [249, 'request_key'],
      [250, 'keyctl'],
      [260, 'fchownat'],
      [261, 'futimesat'],
      [268, 'fchmodat'],
      [272, 'unshare'],
      [280, 'utimensat'],
      [297, 'rt_tgsigqueueinfo'],
      [298, 'perf_event_open'],
      [304, 'open_by_handle_at'],
      [308, 'setns'],
      [311, 'process_vm_writev'],
      [321, 'bpf'],
      [323, 'userfaultfd']
    ],
    own: [
      [142, 'sched_setparam'],
      [144, 'sched_setscheduler'],
      [203, 'sched_setaffinity'],
      [302, 'prlimit64'],
      [314, 'sched_setattr']
    ],
    signals: [
      [62, 'kill'],
      [234, 'tgkill']
    ],
    processes: [
      [57, 'fork'],
      [58, 'vfork'],
      [59, 'execve'],
      [322, 'execveat']
    ],
    clone: 56
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
      [130, 'tkill'],
      [138, 'rt_sigqueueinfo'],
      [180, 'mq_open'],
      [181, 'mq_unlink'],
      [186, 'msgget'],
      [189, 'msgsnd'],
      [190, 'semget'],
      [194, 'shmget'],
      [196, 'shmat'],
      [198, 'socket'],
      [217, 'add_key'],
      [218, 'request_key'],
      [219, 'keyctl'],
      [240, 'rt_tgsigqueueinfo'],
      [241, 'perf_event_open'],
      [265, 'open_by_handle_at'],
      [268, 'setns'],
      [271, 'process_vm_writev'],
      [280, 'bpf'],
      [282, 'userfaultfd']
    ],
    own: [
      [118, 'sched_setparam'],
      [119, 'sched_setscheduler'],
      [122, 'sched_setaffinity'],
      [261, 'prlimit64'],
      [274, 'sched_setattr']
    ],
    signals: [
      [129, 'kill'],
      [131, 'tgkill']
    ],
    processes: [
      [221, 'execve'],
      [281, 'execveat']
    ],
    clone: 220
  }
} as const
export type Machine = keyof typeof CALLS

/** Newer calls have one number everywhere: io_uring makes sockets too. */
const EVERYWHERE = [
  [424, 'pidfd_send_signal'],
  [425, 'io_uring_setup'],
  [452, 'fchmodat2'],
  [463, 'setxattrat'],
  [466, 'removexattrat'],
  [469, 'file_setattr']
] as const

/** How glibc starts a thread where it may; told that there is no such call it takes `clone`, whose flags can be seen. */
const CLONE3 = 435
const CLONE_THREAD = 0x10000

const LOAD = 0x20
const EQUAL = 0x15
const AT_LEAST = 0x35
const HAS_BIT = 0x45
const RETURN = 0x06
const ALLOW = 0x7fff0000
const FAIL = 0x00050000
/** The caller is told EACCES. */
const REFUSE = FAIL | 13
const NO_SUCH_CALL = FAIL | 38
/** Calls of the x32 form begin here; nothing of ours makes one. */
const X32 = 0x40000000
/** Where struct seccomp_data has the number of the call, the machine, and the low half of the first argument. */
const NUMBER = 0
const MACHINE = 4
const FIRST = 16

type Instruction = readonly [code: number, jumpIf: number, jumpElse: number, value: number]
type Call = readonly [number: number, name: string]

const refuse = ([number]: Call): Instruction[] => [
  [EQUAL, 0, 1, number],
  [RETURN, 0, 0, REFUSE]
]

/** Refuses a call unless its first argument holds against a value. */
const unless = ([number]: Call, test: typeof EQUAL | typeof HAS_BIT, value: number): Instruction[] => [
  [EQUAL, 0, 4, number],
  [LOAD, 0, 0, FIRST],
  [test, 0, 1, value],
  [RETURN, 0, 0, ALLOW],
  [RETURN, 0, 0, REFUSE]
]

/** A filter as the kernel takes it, 8 bytes an instruction. */
const assembled = (machine: number, body: readonly Instruction[]): Buffer => {
  const program: Instruction[] = [
    [LOAD, 0, 0, MACHINE],
    [EQUAL, 1, 0, machine],
    [RETURN, 0, 0, REFUSE],
    [LOAD, 0, 0, NUMBER],
    [AT_LEAST, 0, 1, X32],
    [RETURN, 0, 0, REFUSE],
    ...body,
    [RETURN, 0, 0, ALLOW]
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

/** For the fence, which is to execute itself yet; `pid` is its own, and stays so. */
export const callFilter = (arch: Machine, pid: number): Buffer => {
  const { machine, refused, own, signals } = CALLS[arch]
  return assembled(machine, [
    ...[...refused, ...EVERYWHERE].flatMap(refuse),
    ...own.flatMap(call => unless(call, EQUAL, 0)),
    ...signals.flatMap(call => unless(call, EQUAL, pid))
  ])
}

/** For the child, which starts no process any more, only threads. */
export const processFilter = (arch: Machine): Buffer => {
  const { machine, processes, clone } = CALLS[arch]
  return assembled(machine, [
    ...processes.flatMap(refuse),
    [EQUAL, 0, 1, CLONE3],
    [RETURN, 0, 0, NO_SUCH_CALL],
    ...unless([clone, 'clone'], HAS_BIT, CLONE_THREAD)
  ])
}
