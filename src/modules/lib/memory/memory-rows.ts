import type { Row } from '../../spec.ts'
import type { MatchPlace, MemoryJudgement, MemoryTally } from './memory-tally.ts'
import type { ReadableMemory } from './process-memory.ts'

/** What is told of one process in one search: a row for each place that was asked for, with how many there are in all. */
export const memoryRows = (
  tally: MemoryTally,
  { checks }: MemoryJudgement,
  base: Row,
  memory: ReadableMemory | undefined
): Row[] => {
  const { search } = tally.compiled
  const first: Row = { search: search.label, ...base }
  const rows = checks.flatMap(check => {
    if (check.inverted) return search.any ? [{ ...first, check: check.label }] : []
    const { count, places } = tally.matches(check)
    return places.map(place => ({ ...first, check: check.label, matches: count, ...whereOf(place, memory!) }))
  })
  return rows.length > 0 ? rows : [first]
}

/** The columns of a place. */
export const whereOf = ({ address, mapping }: MatchPlace, memory: Pick<ReadableMemory, 'say'>): Row => ({
  address: memory.say(address),
  ...(mapping && { offset: address - mapping.from, rights: mapping.rights }),
  ...(mapping && mapping.name.length > 0 && { mapping: new Uint8Array(mapping.name) })
})
