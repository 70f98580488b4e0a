import { streamPair } from '@libp2p/utils'
import { systemClock } from '../../src/clock.ts'
import { Rates } from '../../src/mesh/rates.ts'
import { Client } from '../../src/mesh/sync/client.ts'
import type { Caller, SyncPort } from '../../src/mesh/sync/ports.ts'
import { type ServeComponents, serve } from '../../src/mesh/sync/serve.ts'
import { Turns } from '../../src/mesh/sync/turns.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { MESH_ID } from './members.ts'

export const testCaller = (role: 'agent' | 'console' = 'agent'): Caller => {
  const { peer } = makeIdentity()
  return role === 'console'
    ? { role, peer, person: 'anna', until: Number.MAX_SAFE_INTEGER }
    : { role, peer, tags: [], grantId: '00'.repeat(32), leaf: false, membership: {} as never }
}

const HELLO = { charterVersion: 1, charterId: MESH_ID }

/** The serving side of a stream, as a member has it. */
export const serving = (
  caller: Caller,
  port: SyncPort | undefined,
  overrides: Partial<ServeComponents> = {}
): ServeComponents => {
  const turns = new Turns(new Rates(systemClock), systemClock)
  return {
    ...(port && { port }),
    caller: () => caller,
    hello: () => HELLO,
    greeted: () => undefined,
    turn: member => turns.take(member),
    ...overrides
  }
}

/** A client whose streams end at a port in this process; nothing listens. */
export const testClient = (port: SyncPort | undefined, overrides: Partial<ServeComponents> = {}): Client => {
  const caller = testCaller()
  const components = serving(caller, port, overrides)
  return new Client(
    caller,
    async () => {
      const [near, far] = await streamPair({ delay: 0, capacity: 1_000 })
      void serve(far, components)
      return near
    },
    () => HELLO
  )
}
