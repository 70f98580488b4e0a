import { peerForm } from '../../src/documents/vocabulary.ts'
import { GumshoeError } from '../../src/errors.ts'
import type { KnownHost } from '../answers/known-host.ts'

/** A shorter part of a peer id names nobody: what is done to the host may be for good. */
const PART = 6

/**
 * The peer id of a host as a person names it: whole, by the host's name, or by a part of the id that no other has. A name is
 * the host's own word, so the id is what is shown before anything is signed. Throws `not-found` where it is none, or several.
 */
export const peerNamed = (hosts: readonly Pick<KnownHost, 'peer' | 'name'>[], named: string): string => {
  if (peerForm.safeParse(named).success) return named
  // Two that say one name stand with the end of their id each; the bare name means neither.
  const called = hosts.filter(({ name }) => name === named || name.startsWith(`${named}~`))
  const found =
    called.length > 0 || named.length < PART
      ? called
      : hosts.filter(({ peer }) => peer.startsWith(named) || peer.endsWith(named))
  if (found.length === 1) return found[0]!.peer
  throw found.length > 1
    ? new GumshoeError('not-found', `${found.length} hosts are called ${named}.`, {
        fix: `Name one by its peer id: ${found.map(({ peer }) => peer).join(', ')}.`
      })
    : new GumshoeError('not-found', `This console knows no host ${named}.`, {
        fix: 'gumshoe agents asks the mesh who there is; its --json has the whole peer ids.'
      })
}
