import { LIMITS } from '../../limits.ts'
import type { Target } from './ast.ts'

/** The tag of the topic that every member of the mesh is on. */
export const ALL_TOPIC = 'all'

/** Positive topic-forming tags that one way of matching needs; the empty set stands for all hosts. */
type Conjunct = ReadonlySet<string>
type Disjunction = readonly Conjunct[]

/**
 * Every way in which a host can be named, each by the topic-forming tags that it then carries, all of them: a set without
 * tags stands for all hosts. Parts that would need more than 16 ways count as all hosts.
 */
export const conjunctsOf = (target: Target, topicKeys: readonly string[]): Disjunction =>
  positive(target, new Set(topicKeys))

/**
 * The tags of the topics to publish on, so that every host that the target names is on at least one: each conjunct on its
 * rarest tag; `['all']` where one has none. `counts` says on how many hosts a tag is known to be, none where it is not
 * told. Whatever is counted, what comes reaches every host: two who count differently may choose differently.
 */
export const topicsOf = (
  target: Target,
  topicKeys: readonly string[],
  counts: ReadonlyMap<string, number>
): string[] => {
  const topics = new Set<string>()
  for (const conjunct of conjunctsOf(target, topicKeys)) {
    const rarest = [...conjunct].sort().sort((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0))[0]
    if (rarest === undefined) return [ALL_TOPIC]
    topics.add(rarest)
  }
  return [...topics].sort()
}

/** On how many of these hosts each tag is. */
export const countTags = (hosts: Iterable<{ readonly tags: readonly string[] }>): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const { tags } of hosts) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  return counts
}

const EVERYONE: Disjunction = [new Set()]

/** Every host that the target names carries all tags of at least one of the conjuncts. */
const positive = (target: Target, keys: ReadonlySet<string>): Disjunction => {
  switch (target.type) {
    case 'and':
      return target.parts.map(part => positive(part, keys)).reduce(both, EVERYONE)
    case 'or':
      return slim(target.parts.flatMap(part => positive(part, keys)))
    case 'not':
      return negative(target.part, keys)
    case 'in':
      return keys.has(target.name)
        ? slim(target.values.map(value => new Set([`${target.name}=${value}`])))
        : EVERYONE
    case 'compare':
      return keys.has(target.name) && target.operator === '='
        ? [new Set([`${target.name}=${target.value}`])]
        : EVERYONE
    case 'all':
      return EVERYONE
  }
}

/** The same for `not target`, by De Morgan; a comparison that is false asks for no tag. */
const negative = (target: Target, keys: ReadonlySet<string>): Disjunction => {
  switch (target.type) {
    case 'and':
      return slim(target.parts.flatMap(part => negative(part, keys)))
    case 'or':
      return target.parts.map(part => negative(part, keys)).reduce(both, EVERYONE)
    case 'not':
      return positive(target.part, keys)
    // Nobody: no conjunct at all.
    case 'all':
      return []
    default:
      return EVERYONE
  }
}

/** Where the product is too many, the shorter side alone still holds for every host of both. */
const both = (left: Disjunction, right: Disjunction): Disjunction =>
  slim(
    left.flatMap(a => right.map(b => new Set([...a, ...b]))),
    left.length < right.length ? left : right
  )

/** Drops conjuncts that another one covers; too many give way to `otherwise`. */
const slim = (conjuncts: Disjunction, otherwise: Disjunction = EVERYONE): Disjunction => {
  const kept: Conjunct[] = []
  for (const conjunct of [...conjuncts].sort((a, b) => a.size - b.size)) {
    if (!kept.some(smaller => [...smaller].every(tag => conjunct.has(tag)))) kept.push(conjunct)
    if (kept.length > LIMITS.conjuncts) return otherwise
  }
  return kept
}
