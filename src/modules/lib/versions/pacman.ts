import {
  byEpoch,
  compareDigits,
  compareText,
  endOfDigits,
  endOfLetters,
  isDigit,
  isLetter
} from './digits.ts'

const comparePart = (a: string, b: string): number => {
  if (a === b) return 0
  let [i, j] = [0, 0]
  while (i < a.length && j < b.length) {
    const [nextA, nextB] = [nextRun(a, i), nextRun(b, j)]
    const [gapA, gapB] = [nextA - i, nextB - j]
    i = nextA
    j = nextB
    if (i >= a.length || j >= b.length) break
    if (gapA !== gapB) return gapA - gapB
    const numeric = isDigit(a.charCodeAt(i))
    if (numeric !== isDigit(b.charCodeAt(j))) return numeric ? 1 : -1
    const end = numeric ? endOfDigits : endOfLetters
    const [endA, endB] = [end(a, i), end(b, j)]
    const order = (numeric ? compareDigits : compareText)(a.slice(i, endA), b.slice(j, endB))
    if (order !== 0) return order
    i = endA
    j = endB
  }
  const [restA, restB] = [i < a.length, j < b.length]
  if (!restA && !restB) return 0
  // What is left over is newer, unless it is letters: 1.5b is before 1.5, and 1.5.1 behind it.
  const isOlder = restA ? isLetter(a.charCodeAt(i)) : !isLetter(b.charCodeAt(j))
  return isOlder ? -1 : 1
}

const nextRun = (text: string, from: number): number => {
  let at = from
  while (at < text.length && !isDigit(text.charCodeAt(at)) && !isLetter(text.charCodeAt(at))) at++
  return at
}

/** Arch's order, vercmp(8): as RPM's was, but that what stands between the runs counts, and letters at the end are older. */
export const comparePacman = byEpoch(comparePart)
