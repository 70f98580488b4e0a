import { compareDigits, compareText, endOfDigits } from './digits.ts'

/**
 * Alpine's order: `1.2.3b_rc4_p5-r6`, as Gentoo writes it. What is no such version is compared as far as it is one;
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

/** In the order in which a version that has nothing there is followed by ones that have: more digits are the newest. */
const RANKS = ['fraction', 'number', 'letter', 'suffix', 'suffix-number', 'revision', 'end', 'odd'] as const

interface Part {
  readonly kind: (typeof RANKS)[number]
  readonly text: string
}

/** Suffixes before the version that they belong to, and behind it. */
const BEFORE = ['alpha', 'beta', 'pre', 'rc']
const BEHIND = ['cvs', 'svn', 'git', 'hg', 'p']
const SUFFIX = /_(alpha|beta|pre|rc|cvs|svn|git|hg|p)/y

const partsOf = (version: string): Part[] => {
  const parts: Part[] = []
  let at = endOfDigits(version, 0)
  parts.push({ kind: at > 0 ? 'number' : 'odd', text: version.slice(0, at) })
  let least = 0
  while (at < version.length) {
    const part = partAt(version, at, parts.at(-1)!.kind)
    const rank = part === undefined ? 0 : RANKS.indexOf(part.kind)
    // Each in its turn, but for the next fraction, the number behind a letter, and one suffix after the other.
    if (part === undefined || (rank < least && !mayGoBack(part.kind, least))) return [...parts, ODD]
    parts.push({ kind: part.kind, text: part.text })
    least = rank
    at += part.length
  }
  return [...parts, { kind: 'end', text: '' }]
}

const ODD: Part = { kind: 'odd', text: '' }
const SUFFIX_NUMBER = RANKS.indexOf('suffix-number')
const LETTER = RANKS.indexOf('letter')

const mayGoBack = (kind: Part['kind'], from: number): boolean =>
  kind === 'suffix' ? from <= SUFFIX_NUMBER : kind === 'fraction' ? from < LETTER : from === LETTER

const partAt = (
  version: string,
  at: number,
  before: Part['kind']
): (Part & { readonly length: number }) | undefined => {
  const digits = (from: number, kind: Part['kind']) => {
    const end = endOfDigits(version, from)
    return end === from ? undefined : { kind, text: version.slice(from, end), length: end - at }
  }
  if (version[at] === '.') return digits(at + 1, 'fraction')
  if (version.startsWith('-r', at)) return digits(at + 2, 'revision')
  if (version[at] === '_') {
    SUFFIX.lastIndex = at
    const name = SUFFIX.exec(version)?.[1]
    return name === undefined ? undefined : { kind: 'suffix', text: name, length: 1 + name.length }
  }
  if (before === 'suffix') return digits(at, 'suffix-number')
  if (before === 'letter') return digits(at, 'number')
  const isLower = (before === 'number' || before === 'fraction') && /^[a-z]$/.test(version[at]!)
  return isLower ? { kind: 'letter', text: version[at]!, length: 1 } : undefined
}

const weight = ({ text }: Part): number =>
  BEFORE.includes(text) ? BEFORE.indexOf(text) - BEFORE.length : BEHIND.indexOf(text)

const compareParts = (a: Part, b: Part): number => {
  if (a.kind === 'letter') return compareText(a.text, b.text)
  if (a.kind === 'suffix') return weight(a) - weight(b)
  // 1.05 is before 1.1, and even before 1.01: with a zero in front it is a fraction.
  return zeros(b) - zeros(a) || compareDigits(a.text, b.text)
}

const zeros = ({ kind, text }: Part): number => (kind === 'fraction' ? /^0*/.exec(text)![0].length : 0)

const atEnd = (a: Part, b: Part): number => {
  if (a.kind === 'suffix' && weight(a) < 0) return -1
  if (b.kind === 'suffix' && weight(b) < 0) return 1
  return RANKS.indexOf(b.kind) - RANKS.indexOf(a.kind)
}
