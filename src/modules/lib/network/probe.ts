import { randomBytes } from 'node:crypto'
import { codeOf } from '../../../errors.ts'
import type { NetCalls } from './net-calls.ts'
import type { PingParams } from './ping-params.ts'

/** How a probe ended that nobody answered. */
export type Unanswered = 'refused' | 'silent' | 'unreachable'

/** Ms that an answer took, or why there is none. Throws `unsupported` where the kernel sends no such probe. */
export const probe = async (
  { protocol, port = 0, wait }: PingParams,
  address: string,
  net: NetCalls,
  sequence: number
): Promise<number | Unanswered> => {
  const sent = net.now()
  try {
    if (protocol === 'tcp') await net.connect(address, port, wait)
    else if (protocol === 'udp') return await hears(net, address, port, wait)
    else return await echo(net, address, wait, sequence)
    return took(net, sent)
  } catch (error) {
    return unanswered(error)
  }
}

const took = (net: NetCalls, sent: number): number => Math.max(0, Math.round(net.now() - sent))

/** Throws what is no end of a probe. */
const unanswered = (error: unknown): Unanswered => {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ECONNREFUSED':
    case 'ECONNRESET':
      return 'refused'
    case 'ETIMEDOUT':
      return 'silent'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
    case 'EACCES':
    case 'EPERM':
      return 'unreachable'
    default:
      if (codeOf(error) !== 'internal') throw error
      return 'unreachable'
  }
}

/** An empty datagram: any answer to it is one. */
const hears = async (
  net: NetCalls,
  address: string,
  port: number,
  wait: number
): Promise<number | Unanswered> => {
  const talk = net.talk('udp', address, port)
  try {
    const sent = net.now()
    talk.send(Buffer.alloc(0))
    return (await talk.receive(wait)) === undefined ? 'silent' : took(net, sent)
  } finally {
    talk.close()
  }
}

const ECHO = { four: [8, 0], six: [128, 129] } as const
const HEADER = 8
/** What comes back must hold this: a host on the way can't answer for one that is silent without seeing it. */
const TOKEN = 16
/** Packets of others that are heard before we give up. */
const FOREIGN = 16

/** The kernel fills in the sum, and the identifier by which it knows our socket. */
const echo = async (
  net: NetCalls,
  address: string,
  wait: number,
  sequence: number
): Promise<number | Unanswered> => {
  const [ask, reply] = address.includes(':') ? ECHO.six : ECHO.four
  const question = Buffer.concat([Buffer.alloc(HEADER), randomBytes(TOKEN)])
  question[0] = ask
  question.writeUInt16BE(sequence, 6)
  const talk = net.talk('icmp', address, 0)
  try {
    const sent = net.now()
    talk.send(question)
    for (let i = 0; i < FOREIGN; i++) {
      const heard = await talk.receive(Math.max(1, wait - took(net, sent)))
      if (heard === undefined) return 'silent'
      const { bytes } = heard
      if (bytes[0] === reply && bytes.subarray(HEADER).equals(question.subarray(HEADER)))
        return Math.max(0, Math.round(heard.at - sent))
    }
    return 'silent'
  } finally {
    talk.close()
  }
}
