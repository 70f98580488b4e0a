import { withEarlier } from '../answers/clones.ts'
import { fleetOf } from '../answers/hosts.ts'
import type { Fleet, KnownHost } from '../answers/known-host.ts'
import type { Connected } from '../connect.ts'
import { cachedFleet, cachedHosts, saveHosts } from '../host-cache.ts'

/** Agents to dial beside those that are asked, so that gossip goes round where those don't listen. */
const OTHERS = 8
/** Dials under way at a time, and the most connections that a console opens. */
const AT_ONCE = 16
const MOST = 512

/** The fleet by the mesh, or as it was last seen when no node is left. */
export const fleetNow = async (connected: Connected): Promise<Fleet> => {
  const { home, tell, clock } = connected.context
  if ((await connected.nodes()).length > 0) {
    const { hosts: heard, members } = await fleetOf(connected)
    const hosts = withEarlier(heard, cachedHosts(home), clock.now())
    saveHosts(home, hosts)
    return { hosts, members }
  }
  const fleet = cachedFleet(home)
  tell(`No bootstrap node answers: asking hosts by their last known addresses (${fleet.hosts.length} known).`)
  return fleet
}

/** Its hosts alone. */
export const hostsOf = async (connected: Connected): Promise<readonly KnownHost[]> =>
  (await fleetNow(connected)).hosts

/**
 * Where no node is left: dials the hosts that are asked, since answers come only over connections that we open, and a few
 * others. Does nothing while there is a node.
 */
export const reachAgents = async (
  connected: Connected,
  hosts: readonly KnownHost[],
  asked: readonly string[]
): Promise<void> => {
  if ((await connected.nodes()).length > 0) return
  const there = new Set(connected.mesh.members().map(({ peer }) => peer))
  const wanted = new Set(asked)
  const away = hosts.filter(({ peer, addresses }) => !there.has(peer) && addresses.length > 0)
  const first = away.filter(({ peer }) => wanted.has(peer)).slice(0, MOST)
  const others = away.filter(({ peer }) => !wanted.has(peer)).slice(0, OTHERS)
  const waiting = [...first, ...others]
  const dialNext = async (): Promise<void> => {
    for (let host = waiting.shift(); host !== undefined; host = waiting.shift())
      for (const address of host.addresses) {
        const reached = await connected.mesh.dial(address).then(
          () => true,
          () => false
        )
        if (reached) break
      }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, dialNext))
}
