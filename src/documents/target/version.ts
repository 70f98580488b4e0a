/** Words that stand before the release that they name: 2.1-rc1 comes before 2.1. */
const BEFORE = ['alpha', 'beta', 'dev', 'pre', 'preview', 'rc', 'snapshot']

/** A part's rank: before the release < nothing and 0 < other words < numbers. */
type Part = readonly [rank: 0 | 1 | 2 | 3, word: string]
const NOTHING: Part = [1, '']

const partOf = (text: string): Part => {
  if (!/^[0-9]/.test(text)) return [BEFORE.includes(text.toLowerCase()) ? 0 : 2, text]
  const digits = text.replace(/^0+/, '')
  return digits === '' ? NOTHING : [3, digits]
}

const comparePart = (a: Part, b: Part): number => {
  if (a[0] !== b[0]) return a[0] - b[0]
  // Numbers of any length: the longer one is larger, else the digits decide.
  if (a[0] === 3 && a[1].length !== b[1].length) return a[1].length - b[1].length
  return a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0
}

const partsOf = (version: string): Part[] =>
  (version.replace(/^[vV](?=[0-9])/, '').match(/[0-9]+|[A-Za-z]+/g) ?? []).map(partOf)

/**
 * Compares two versions: below, equal (0) or above. Runs of digits and runs of letters are the parts, all else only
 * separates, a v before the first digit is dropped. Parts are compared in turn, numbers as numbers, words by ASCII; a
 * missing part is as good as 0; words like `rc` come before it, other words after it, numbers last.
 * So 2.1-rc1 < 2.1 = 2.1.0 < 2.1p1 < 2.1.1 < 2.10.
 */
export const compareVersions = (a: string, b: string): number => {
  const left = partsOf(a)
  const right = partsOf(b)
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = comparePart(left[i] ?? NOTHING, right[i] ?? NOTHING)
    if (order !== 0) return order
  }
  return 0
}
