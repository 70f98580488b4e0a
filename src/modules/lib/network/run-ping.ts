import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { GumshoeError } from '../../../errors.ts'
import type { Host, Outcome, Row } from '../../spec.ts'
import { FoundRows } from '../found-rows.ts'
import { WalkCount } from '../host/walked.ts'
import { isForbidden } from './destination.ts'
import type { NetCalls } from './net-calls.ts'
import type { PingParams } from './ping-params.ts'
import { probe } from './probe.ts'

const FOUND = 'reached'

/** Reaches for one machine, a few times and slowly; a row only where it answered. */
export async function* runPing(params: PingParams, host: Host): AsyncGenerator<Row, Outcome> {
  const { net, signal, limits } = host
  if (net === undefined)
    throw new GumshoeError('unsupported', 'This machine has no native part to send with.')
  const found = new FoundRows(host, [FOUND])
  const count = new WalkCount()
  const address = found.ended ? undefined : await addressOf(params.destination, net, count)
  const times: number[] = []
  let sent = 0
  if (address !== undefined)
    try {
      await delay(randomInt(params.spread + 1), undefined, { signal })
      // The policy may allow fewer: its limit of entries.
      const most = Math.min(params.count, limits.entries)
      if (most < params.count) found.end('limit-entries')
      for (; sent < most; sent++) {
        if (sent > 0) await delay(params.apart, undefined, { signal })
        const result = await probe(params, address, net, sent)
        if (typeof result === 'number') times.push(result)
        else count.note(result)
        // Silence of UDP says nothing: it may be open, or on no way to there.
        if (result === 'silent' && params.protocol === 'udp') count.skipped++
      }
    } catch (error) {
      if (!found.ended) throw error
    }
  count.seen = sent
  if (times.length > 0) {
    const row: Row = {
      destination: params.destination,
      address: address!,
      sent,
      answered: times.length,
      least: Math.min(...times),
      most: Math.max(...times)
    }
    if (found.takeLate(FOUND, row)) yield row
  }
  return found.outcome(count)
}

/** The one address that is reached for; undefined where there is none, or none that anything may be sent to. */
const addressOf = async (name: string, net: NetCalls, count: WalkCount): Promise<string | undefined> => {
  const addresses = await net.addresses(name).catch(() => [])
  const [first] = addresses
  if (first === undefined) count.skip('no-address')
  else if (addresses.some(isForbidden)) count.skip('forbidden-address')
  else return first
  return undefined
}
