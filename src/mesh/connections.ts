import type { Connection, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { Node } from './libp2p.ts'
import { SYNC } from './sync/verbs.ts'

/** Streams that a peer may have open here: a long-lived one and its follows; each may hold two frames. */
export const STREAMS = 16
/** A farewell takes no longer; a dead peer does not take part in it. */
const CLOSE_MS = 2_000

export const connectionsOf = (node: Node, peer: string): Connection[] =>
  node.getConnections(peerIdFromString(peer))

/** False for a peer that passed the door and whose connection does not stand yet, or no more. */
export const isConnected = (node: Node, peer: string): boolean =>
  connectionsOf(node, peer).some(({ status }) => status === 'open')

/** Says farewell on every connection with a peer; ends those that don't answer it. */
export const closeAll = async (node: Node, peer: string): Promise<void> => {
  await Promise.all(
    connectionsOf(node, peer).map(connection =>
      connection
        .close({ signal: AbortSignal.timeout(CLOSE_MS) })
        .catch(error => connection.abort(error instanceof Error ? error : new Error(String(error))))
    )
  )
}

export const abortAll = (node: Node, peer: string, reason: string): void => {
  for (const connection of connectionsOf(node, peer)) connection.abort(new Error(reason))
}

/** A stream over the connection that there is: asking never dials. Throws `unreached`. */
export const openStream = async (node: Node, peer: string): Promise<Stream> => {
  const connection = connectionsOf(node, peer).find(({ status }) => status === 'open')
  if (connection === undefined) throw new GumshoeError('unreached', `There is no connection to ${peer}.`)
  return connection.newStream(SYNC, {
    signal: AbortSignal.timeout(LIMITS.requestMs),
    maxOutboundStreams: STREAMS
  })
}

/** Hubs are the last to go when there are too many connections. */
export const keepLongest = (node: Node, peer: string): void => {
  const tags = { 'gumshoe-hub': { value: 100 } }
  void node.peerStore.merge(peerIdFromString(peer), { tags }).catch(() => undefined)
}
