import { count } from '../../src/cli/count.ts'
import { GumshoeError } from '../../src/errors.ts'
import type { KnownHost } from '../answers/known-host.ts'
import { list } from '../views/words.ts'

/** The target names none of the hosts that are known: what tags there are, so that a mistyped one is seen. */
export const nobodyMatches = (known: readonly KnownHost[]): GumshoeError => {
  const tags = [...new Set(known.flatMap(host => host.tags))].sort()
  return new GumshoeError(
    'nobody',
    `The target matches no host; ${count(known.length, 'host is', 'hosts are')} known.`,
    tags.length === 0
      ? {}
      : { fix: `Tags that hosts have: ${list(tags, 12)}. gumshoe agents shows who is there.` }
  )
}
