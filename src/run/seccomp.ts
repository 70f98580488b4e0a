import { CALLS, CLONE3, EVERYWHERE, OPENAT2 } from './calls.ts'

/**
 * What a fenced process may not ask of the kernel, as filters of system calls (seccomp(2), linux/filter.h). A filter sees
 * numbers only: which call, and its arguments where they are no addresses. So it can refuse every opening that could write,
 * whatever the path; it can't tell one path from another.
 */
export type Machine = keyof typeof CALLS

const CLONE_THREAD = 0x10000
/** Write, read and write, create, truncate, or a file without a name: fcntl.h, the same on both machines. */
const OPEN_TO_WRITE = 0x1 | 0x2 | 0x40 | 0x200 | 0x400000
/**
 * Would have the kernel send signals for us, to whom we like: F_SETOWN, F_SETSIG, F_SETOWN_EX; hold up who opens: F_SETLEASE;
 * or who locks: F_SETLK, F_SETLKW, and both for an open file.
 */
const FCNTL_REFUSED = [8, 10, 15, 1_024, 6, 7, 37, 38]
/** All that Node asks of its pipes: FIONBIO, FIONREAD, FIOCLEX, FIONCLEX, and whether they are a terminal (TCGETS, TCGETS2, TIOCGWINSZ). */
const IOCTL_ALLOWED = [0x5421, 0x541b, 0x5451, 0x5450, 0x5401, 0x802c542a, 0x5413]

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
const NO_TERMINAL = FAIL | 25
/** Calls of the x32 form begin here; nothing of ours makes one. */
const X32 = 0x40000000
/** Where struct seccomp_data has the number of the call, the machine, and the low halves of the arguments. */
const NUMBER = 0
const MACHINE = 4
const argument = (place: number): number => 16 + 8 * place

type Instruction = readonly [code: number, jumpIf: number, jumpElse: number, value: number]
type Call = readonly [number: number, name: string]

/** Ends with one verdict where the number is this one. */
const answer = (number: number, verdict: number): Instruction[] => [
  [EQUAL, 0, 1, number],
  [RETURN, 0, 0, verdict]
]

const refuse = ([number]: Call): Instruction[] => answer(number, REFUSE)

/** Decides one call wholly: by tests of one argument, each with its verdict, and by a last word. */
const decide = (
  number: number,
  place: number,
  tests: readonly (readonly [test: typeof EQUAL | typeof HAS_BIT, value: number, verdict: number])[],
  last: number
): Instruction[] => [
  [EQUAL, 0, 2 + 2 * tests.length, number],
  [LOAD, 0, 0, argument(place)],
  ...tests.flatMap(([test, value, verdict]): Instruction[] => [
    [test, 0, 1, value],
    [RETURN, 0, 0, verdict]
  ]),
  [RETURN, 0, 0, last]
]

/** Refuses a call unless its first argument holds against a value. */
const unless = (number: number, test: typeof EQUAL | typeof HAS_BIT, value: number): Instruction[] =>
  decide(number, 0, [[test, value, ALLOW]], REFUSE)

/** One's own turn may be put off, which a child does when it begins: nobody else's, nor that of all of a group or a user. */
const ownPriority = (number: number): Instruction[] => [
  [EQUAL, 0, 6, number],
  [LOAD, 0, 0, argument(0)],
  [EQUAL, 0, 2, 0],
  [LOAD, 0, 0, argument(1)],
  [EQUAL, 1, 0, 0],
  [RETURN, 0, 0, REFUSE],
  [RETURN, 0, 0, ALLOW]
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

/** AF_INET and AF_INET6: all that a module may open a socket of. The raw ones want a right that it has not. */
const INTERNET = [2, 10]

/** Who asks other machines connects to them; nobody waits for others to come, or takes a port. */
const networkRules = ({ socket, waiting }: (typeof CALLS)[Machine]): Instruction[] => [
  ...decide(
    socket,
    0,
    INTERNET.map(family => [EQUAL, family, ALLOW]),
    REFUSE
  ),
  ...waiting.flatMap(refuse)
]

/** For the fence, which is to execute itself yet; `pid` is its own, and stays so. `network` where sockets to other machines are what it is for. */
export const callFilter = (arch: Machine, pid: number, network = false): Buffer => {
  const { machine, refused, own, signals, opens, fcntl, ioctl, socket, setpriority } = CALLS[arch]
  return assembled(machine, [
    // First what is asked most often: a filter is walked from its beginning.
    ...opens.flatMap(([number, , place]) => decide(number, place, [[HAS_BIT, OPEN_TO_WRITE, REFUSE]], ALLOW)),
    ...decide(
      fcntl,
      1,
      FCNTL_REFUSED.map(command => [EQUAL, command, REFUSE]),
      ALLOW
    ),
    ...decide(
      ioctl,
      1,
      IOCTL_ALLOWED.map(request => [EQUAL, request, ALLOW]),
      NO_TERMINAL
    ),
    ...answer(OPENAT2, NO_SUCH_CALL),
    ...(network ? networkRules(CALLS[arch]) : answer(socket, REFUSE)),
    ...[...refused, ...EVERYWHERE].flatMap(refuse),
    ...ownPriority(setpriority),
    ...own.flatMap(([number]) => unless(number, EQUAL, 0)),
    ...signals.flatMap(([number]) => unless(number, EQUAL, pid))
  ])
}

/** For the child, which starts no process any more, only threads. */
export const processFilter = (arch: Machine): Buffer => {
  const { machine, processes, clone } = CALLS[arch]
  return assembled(machine, [
    ...processes.flatMap(refuse),
    ...answer(CLONE3, NO_SUCH_CALL),
    ...unless(clone, HAS_BIT, CLONE_THREAD)
  ])
}

/**
 * For a child that may look into processes and not into their memory. Who may look into one may open its /proc/PID/mem, and
 * no filter sees which path is opened. But what lies in memory is read from a place in that file, and at its beginning
 * nothing ever lies: who can only read on from the beginning reads nothing.
 */
export const memoryFilter = (arch: Machine): Buffer => {
  const { machine, positioned } = CALLS[arch]
  return assembled(machine, positioned.flatMap(refuse))
}

const TRACING = ['ptrace', 'process_vm_readv', 'process_vm_writev', 'pidfd_getfd']

/** For the agent: it may look into processes, and trace, read or write none. */
export const tracingFilter = (arch: Machine): Buffer => {
  const { machine, refused } = CALLS[arch]
  return assembled(
    machine,
    [...refused, ...EVERYWHERE].filter(([, name]) => TRACING.includes(name)).flatMap(refuse)
  )
}
