import type { Connected } from '../connect.ts'

/**
 * Who is connected to a bootstrap node at this moment: a host that was killed says no last word, but its connections end.
 * Only all nodes of the charter together can say that one is not there; undefined where one of them does not say. So a node
 * that lies, or is of an older version, hides no host.
 */
export const presentOn = async ({
  nodes,
  chain
}: Pick<Connected, 'nodes' | 'chain'>): Promise<(peer: string) => boolean | undefined> => {
  const asked = await nodes()
  const replies = await Promise.all(asked.map(node => node.present().catch(() => undefined)))
  const there = new Set(replies.flatMap(reply => reply?.peers ?? []))
  const whole = new Set(asked.filter((_, i) => replies[i]?.whole).map(({ peer }) => peer))
  const isAll = chain.current.charter.nodes.every(({ peer }) => whole.has(peer))
  return peer => there.has(peer) || (isAll ? false : undefined)
}
