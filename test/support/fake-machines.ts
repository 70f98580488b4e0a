import type { NetCalls } from '../../src/modules/lib/network/net-calls.ts'

/** A network of one test: names and what is behind them. */
export interface FakeNet {
  /** Connections that are taken; the next are refused. */
  readonly open?: number
  /** What clocks are ahead of ours, ms; one for each name where there are several. */
  readonly ahead?: number | Readonly<Record<string, number>>
  /** What a name resolves to; itself otherwise. */
  readonly addresses?: Readonly<Record<string, readonly string[]>>
  /** Answers to a datagram instead of a clock's; undefined: silence. */
  readonly answer?: (question: Buffer, address: string) => Buffer | undefined
}

const ERA = 2 ** 32
const TO_1970 = 2_208_988_800

/** A time stamp of NTP. */
export const stamp = (bytes: Buffer, at: number, ms: number): void => {
  const seconds = ms / 1_000 + TO_1970
  bytes.writeUInt32BE(Math.floor(seconds) % ERA, at)
  bytes.writeUInt32BE(Math.floor((seconds % 1) * ERA), at + 4)
}

/** What a server whose clock is ahead answers. */
export const clockAnswer = (question: Buffer, now: number, ahead: number): Buffer => {
  const answer = Buffer.alloc(48)
  answer[0] = 0x24
  answer[1] = 2
  question.copy(answer, 24, 40, 48)
  stamp(answer, 32, now + ahead)
  stamp(answer, 40, now + ahead)
  return answer
}

const failed = (code: string): Error => Object.assign(new Error(code), { code })

/** Ways to machines that are not there; time stands still. */
export const fakeNet = ({
  open = 0,
  ahead = 0,
  addresses = {},
  answer
}: FakeNet = {}): NetCalls & {
  readonly sent: string[]
} => {
  const sent: string[] = []
  const now = Date.parse('2026-11-24T12:00:00Z')
  let left = open
  return {
    sent,
    now: () => now,
    addresses: async name => {
      const found = addresses[name] ?? [name]
      if (found.length === 0) throw failed('ENOTFOUND')
      return found
    },
    connect: async (address, port) => {
      sent.push(`tcp ${address} ${port}`)
      if (left-- <= 0) throw failed('ECONNREFUSED')
    },
    talk: (kind, address, port) => {
      let question: Buffer | undefined
      return {
        send: bytes => {
          sent.push(`${kind} ${address} ${port}`)
          question = Buffer.from(bytes)
        },
        receive: async () => {
          const bytes = answer
            ? answer(question!, address)
            : clockAnswer(question!, now, typeof ahead === 'number' ? ahead : (ahead[address] ?? 0))
          return bytes && { bytes, at: now }
        },
        close: () => undefined
      }
    }
  }
}
