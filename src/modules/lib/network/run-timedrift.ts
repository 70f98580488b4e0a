import { GumshoeError } from '../../../errors.ts'
import type { Host, Outcome, Row } from '../../spec.ts'
import { FoundRows } from '../found-rows.ts'
import { HostFiles } from '../host/host-files.ts'
import { type ClockServer, clockServers } from './clock-servers.ts'
import { isForbidden } from './destination.ts'
import type { NetCalls } from './net-calls.ts'
import { readSntp, type SntpAnswer, sntpQuestion } from './sntp.ts'
import type { TimedriftParams } from './timedrift-params.ts'

const NTP_PORT = 123
/** A server that is asked twice and silent twice is not reached. */
const TRIES = 2
const WAIT_MS = 2_000
/** Packets of others that are heard before we give up. */
const FOREIGN = 16

/** What asking one server came to. */
interface Asked {
  readonly server: ClockServer
  readonly answer?: SntpAnswer
  /** Why there is none. */
  readonly why?: string
}

const FOUND = 'clocks'

/** Asks all servers at once, and takes the one in the middle: one that is wrong, or lies, moves nothing. */
export async function* runTimedrift(params: TimedriftParams, host: Host): AsyncGenerator<Row, Outcome> {
  const { net } = host
  if (net === undefined)
    throw new GumshoeError('unsupported', 'This machine has no native part to ask a clock with.')
  const found = new FoundRows(host, [FOUND])
  const files = new HostFiles(host)
  const { count } = files
  const servers: readonly ClockServer[] =
    params.servers === 'own'
      ? clockServers(files)
      : params.servers.map(({ host: name, port = NTP_PORT }) => ({ host: name, port, from: 'question' }))
  if (servers.length === 0) count.skip('no-server')
  const asked = found.ended ? [] : await Promise.all(servers.map(server => ask(server, net, host.signal)))
  for (const { why } of asked) if (why !== undefined) count.note(why)
  const answered = asked.filter(one => one.answer !== undefined)
  count.seen = answered.length
  // What no server has told, nobody has seen; one of several that is silent changes nothing.
  if (answered.length === 0) count.unreadable += asked.length
  const off = middleOf(answered.map(({ answer }) => answer!.offset))
  if (off !== undefined && (params.drift === undefined || Math.abs(off) > params.drift))
    for (const one of answered) {
      const row = rowOf(one.server, one.answer!)
      if (!found.take(FOUND, row)) break
      yield row
    }
  return found.outcome(count)
}

const rowOf = ({ host, from }: ClockServer, { offset, delay, stratum }: SntpAnswer): Row => ({
  server: host,
  from,
  offset,
  delay,
  stratum
})

/** The lower of the two in the middle, where there is no one middle: by its size, so that the doubt is for the host. */
const middleOf = (offsets: number[]): number | undefined => {
  const sorted = offsets.sort((a, b) => a - b)
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return low === undefined || high === undefined || Math.abs(low) <= Math.abs(high) ? low : high
}

const ask = async (server: ClockServer, net: NetCalls, signal: AbortSignal): Promise<Asked> => {
  try {
    const addresses = await net.addresses(server.host)
    const [address] = addresses
    if (address === undefined) return { server, why: 'no-address' }
    // Clouds tell the time on such an address; whoever set the host up may have said so, a question may not.
    if (server.from === 'question' && addresses.some(isForbidden)) return { server, why: 'forbidden-address' }
    for (let i = 0; i < TRIES && !signal.aborted; i++) {
      const answer = await askOnce(server, address, net)
      if (answer === 'unsynchronised') return { server, why: answer }
      if (answer !== undefined) return { server, answer }
    }
    return { server, why: 'unreached' }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return { server, why: code === 'ENOTFOUND' || code === 'EAI_AGAIN' ? 'no-address' : 'unreached' }
  }
}

const askOnce = async (
  { port }: ClockServer,
  address: string,
  net: NetCalls
): Promise<SntpAnswer | 'unsynchronised' | undefined> => {
  const question = sntpQuestion()
  const talk = net.talk('udp', address, port)
  try {
    const sent = net.now()
    talk.send(question)
    for (let i = 0; i < FOREIGN; i++) {
      const left = WAIT_MS - (net.now() - sent)
      const heard = await talk.receive(Math.min(WAIT_MS, Math.max(1, left)))
      if (heard === undefined) return undefined
      const read = readSntp(heard.bytes, question, sent, heard.at)
      if (read !== 'foreign') return read
    }
    return undefined
  } finally {
    talk.close()
  }
}
