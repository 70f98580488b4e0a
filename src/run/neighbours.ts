import { LIMITS } from '../limits.ts'
import { loadNative } from './native.ts'
import type { RawNetCalls } from './raw-calls.ts'

/**
 * The kernel's answer to who the neighbours by IPv6 are (rtnetlink(7)): they stand in no file, and a fenced child has no
 * socket to ask by. Its parent asks, and hands on what it has not read. Undefined where the kernel could not be asked, or
 * has more of them than anybody should.
 */
export const neighbours6 = async (): Promise<Buffer | undefined> => {
  const native = await loadNative()
  return native && answerOf(native.netCalls())
}

const AF_NETLINK = 16
/** SOCK_RAW and SOCK_CLOEXEC. */
const RAW = 3 | 0x80000
const NETLINK_ROUTE = 0
const MSG_DONTWAIT = 0x40
const RTM_GETNEIGH = 30
/** NLM_F_REQUEST and NLM_F_DUMP. */
const ALL = 0x301
const AF_INET6 = 10
/** The most that the kernel puts into one message of an answer. */
const PIECE = 64 * 1024
/** Where the type of a message stands, and that of the last one. */
const TYPE = 4
const DONE = 3

/** struct nlmsghdr (16 bytes), then struct ndmsg (12), of which the kernel looks at the family. */
const QUESTION = (() => {
  const question = Buffer.alloc(28)
  question.writeUInt32LE(question.length, 0)
  question.writeUInt16LE(RTM_GETNEIGH, TYPE)
  question.writeUInt16LE(ALL, 6)
  question.writeUInt8(AF_INET6, 16)
  return question
})()

/** Whether one of the messages says that it is the last. */
const isLast = (piece: Buffer): boolean => {
  for (let at = 0; at + 16 <= piece.length; ) {
    if (piece.readUInt16LE(at + TYPE) === DONE) return true
    at += Math.max(16, (piece.readUInt32LE(at) + 3) & ~3)
  }
  return false
}

/** Each piece is whole messages; the last one says that it is. The kernel answers as it is asked, so nothing is waited for. */
const answerOf = ({ socket, send, recv, close }: RawNetCalls): Buffer | undefined => {
  const fd = socket(AF_NETLINK, RAW, NETLINK_ROUTE)
  if (fd < 0) return undefined
  try {
    if (send(fd, QUESTION, QUESTION.length, 0) !== QUESTION.length) return undefined
    const pieces: Buffer[] = []
    for (let length = 0; length < LIMITS.neighbourBytes; ) {
      const piece = Buffer.alloc(PIECE)
      const received = recv(fd, piece, PIECE, MSG_DONTWAIT)
      if (received <= 0) return undefined
      pieces.push(piece.subarray(0, received))
      length += received
      if (isLast(piece.subarray(0, received))) return Buffer.concat(pieces)
    }
    return undefined
  } finally {
    close(fd)
  }
}
