import type { AnswerHeader, Dropped } from './answer.ts'

/** One signed place of an agent's chain, already verified, with its id. */
export interface Link {
  readonly id: string
  readonly document: AnswerHeader | Dropped
}

/** What is wrong with a chain at a place. */
export type ChainFinding =
  /** Places `from` to `to` were made (something later is here) but are not here: withheld, lost or still on the way. */
  | { readonly type: 'gap'; readonly from: number; readonly to: number }
  /** Two different documents at one place: a restored snapshot, a cloned host, or a lie. */
  | { readonly type: 'fork'; readonly seq: number; readonly ids: readonly string[] }
  /** The document names another predecessor than the one that stands before it: swapped, or of another branch. */
  | {
      readonly type: 'broken'
      readonly seq: number
      readonly id: string
      readonly expected: string | undefined
    }
  /** Of another agent or mesh than the first: it does not belong here. */
  | { readonly type: 'foreign'; readonly id: string }

export interface ChainView {
  /** Every place from 1 to here is present, single, and names the one before. */
  readonly completeTo: number
  /** The highest place seen; 0 where there is none. */
  readonly head: number
  /** What the agent itself says to have dropped. */
  readonly dropped: readonly { readonly seq: number; readonly answer: string; readonly action: string }[]
  /** In order of the places; empty where the chain is whole up to its head. */
  readonly findings: readonly ChainFinding[]
}

/**
 * Looks at all that is known of one agent's chain, in any order and with repetitions, and says up to where it is whole
 * and what is missing or contradicts itself (threats.md, T4). `head` is what the agent's presence says its head is: places
 * up to there are missed too. It changes nothing and judges no signature.
 */
export const viewChain = (links: readonly Link[], head?: { seq: number; id: string }): ChainView => {
  const findings: ChainFinding[] = []
  const places = new Map<number, Link[]>()
  for (const link of new Map(links.map(link => [link.id, link])).values()) {
    const { agent, mesh, seq } = link.document
    if (agent !== links[0]!.document.agent || mesh !== links[0]!.document.mesh) {
      findings.push({ type: 'foreign', id: link.id })
      continue
    }
    places.set(seq, [...(places.get(seq) ?? []), link])
  }
  const last = Math.max(0, ...places.keys())
  findings.push(...walk(places, last, head))
  const wrong = findings.map(finding => (finding.type === 'foreign' ? Infinity : placeOf(finding)))
  return {
    completeTo: Math.min(last, Math.min(...wrong) - 1),
    head: last,
    dropped: [...places.values()].flatMap(at => at.flatMap(droppedBy)),
    findings
  }
}

const placeOf = (finding: Exclude<ChainFinding, { type: 'foreign' }>): number =>
  finding.type === 'gap' ? finding.from : finding.seq

const droppedBy = ({ document }: Link) =>
  document.kind === 'gumshoe/dropped/1'
    ? [{ seq: document.seq, answer: document.dropped, action: document.action }]
    : []

/** The first names nobody, every other one somebody: whoever stands before it, where that is known. */
const follows = ({ seq, prev }: AnswerHeader | Dropped, previous: readonly string[] | undefined): boolean => {
  if (seq === 1 || prev === undefined) return seq === 1 && prev === undefined
  return previous === undefined || previous.includes(prev)
}

/** Goes over the places that are here, in order; never over a gap place by place, since a liar may name any number. */
const walk = (
  places: ReadonlyMap<number, readonly Link[]>,
  last: number,
  head: { seq: number; id: string } | undefined
): ChainFinding[] => {
  const findings: ChainFinding[] = []
  let before = 0
  for (const seq of [...places.keys()].sort((a, b) => a - b)) {
    const here = places.get(seq)!
    if (seq > before + 1) findings.push({ type: 'gap', from: before + 1, to: seq - 1 })
    const ids = new Set(here.map(link => link.id))
    if (head?.seq === seq) ids.add(head.id)
    if (ids.size > 1) findings.push({ type: 'fork', seq, ids: [...ids].sort() })
    const previous = seq === before + 1 ? places.get(before)?.map(link => link.id) : undefined
    for (const { id, document } of here)
      if (!follows(document, previous)) findings.push({ type: 'broken', seq, id, expected: previous?.[0] })
    before = seq
  }
  if (head !== undefined && head.seq > last) findings.push({ type: 'gap', from: last + 1, to: head.seq })
  return findings
}
