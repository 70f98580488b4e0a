import { compareDigits, compareText, endOfDigits } from './digits.ts'

/**
 * Alpine's order, as apk-tools 3 has it: `1.2.3b_rc4_p5~hash-r6`. What is no such version is compared as far as it is one;
 * undefined where that does not tell.
 */
export const compareApk = (a: string, b: string): number | undefined => {
  const [one, other] = [partsOf(a), partsOf(b)]
  for (let i = 0; ; i++) {
    const [x, y] = [one[i]!, other[i]!]
    if (x.kind === 'odd' || y.kind === 'odd') return undefined
    if (x.kind !== y.kind) return atEnd(x, y)
    if (x.kind === 'end') return 0
    const order = compareParts(x, y)
    if (order !== 0) return order
  }
}

/** In the order in which they stand; a version that has a part where the other has a later one is the newer of them. */
const RANKS = [
  'number',
  'fraction',
  'letter',
  'suffix',
  'suffix-number',
  'hash',
  'revision',
  'end',
  'odd'
] as const
type Kind = (typeof RANKS)[number]
const rankOf = (kind: Kind): number => RANKS.indexOf(kind)

interface Part {
  readonly kind: Kind
  readonly text: string
}

/** Suffixes before the version that they belong to, and behind it. */
const BEFORE = ['alpha', 'beta', 'pre', 'rc']
const BEHIND = ['cvs', 'svn', 'git', 'hg', 'p']

/** Each part with its mark; none can be taken for another one. */
const FORMS: readonly [kind: Kind, form: RegExp][] = [
  ['fraction', /\.(\d+)/y],
  ['letter', /([a-z])/y],
  ['suffix', /_(alpha|beta|pre|rc|cvs|svn|git|hg|p)(?![a-z])/y],
  ['suffix-number', /(\d+)/y],
  ['hash', /~([0-9a-f]+)/y],
  ['revision', /-r(\d+)/y]
]

/** Kinds that may come again, one after the other. */
const AGAIN: readonly Kind[] = ['fraction', 'suffix']

const partsOf = (version: string): Part[] => {
  const first = endOfDigits(version, 0)
  const parts: Part[] = [{ kind: first > 0 ? 'number' : 'odd', text: version.slice(0, first) }]
  for (let at = first; at < version.length; ) {
    const before = parts.at(-1)!.kind
    const found = FORMS.map(([kind, form]) => {
      form.lastIndex = at
      return { kind, match: form.exec(version) }
    }).find(({ match }) => match !== null)
    if (found === undefined || !mayFollow(before, found.kind)) return [...parts, { kind: 'odd', text: '' }]
    parts.push({ kind: found.kind, text: found.match![1]! })
    at += found.match![0].length
  }
  return [...parts, { kind: 'end', text: '' }]
}

const mayFollow = (before: Kind, kind: Kind): boolean => {
  if (kind === 'suffix-number') return before === 'suffix'
  if (kind === 'suffix' && before === 'suffix-number') return true
  return rankOf(kind) > rankOf(before) || (kind === before && AGAIN.includes(kind))
}

const weight = ({ text }: Part): number =>
  BEFORE.includes(text) ? BEFORE.indexOf(text) - BEFORE.length : BEHIND.indexOf(text)

const compareParts = (a: Part, b: Part): number => {
  if (a.kind === 'letter' || a.kind === 'hash') return compareText(a.text, b.text)
  if (a.kind === 'suffix') return weight(a) - weight(b)
  // 1.05 is before 1.1: with a zero in front it is a fraction.
  const isFraction = a.kind === 'fraction' && (a.text.startsWith('0') || b.text.startsWith('0'))
  return (isFraction ? compareText : compareDigits)(a.text, b.text)
}

const atEnd = (a: Part, b: Part): number => {
  if (a.kind === 'suffix' && weight(a) < 0) return -1
  if (b.kind === 'suffix' && weight(b) < 0) return 1
  return rankOf(b.kind) - rankOf(a.kind)
}
