import {
  byEpoch,
  compareDigits,
  compareText,
  endOfDigits,
  endOfLetters,
  isDigit,
  isLetter
} from './digits.ts'

/** Runs of digits or letters, whatever stands between them; `~` comes before the end, `^` just behind it. */
export const compareRpmPart = (a: string, b: string): number => {
  let [i, j] = [0, 0]
  for (;;) {
    i = skip(a, i)
    j = skip(b, j)
    if (a[i] === '~' || b[j] === '~') {
      if (a[i] !== '~') return 1
      if (b[j] !== '~') return -1
      i++
      j++
      continue
    }
    if (a[i] === '^' || b[j] === '^') {
      if (i >= a.length) return -1
      if (j >= b.length) return 1
      if (a[i] !== '^') return 1
      if (b[j] !== '^') return -1
      i++
      j++
      continue
    }
    if (i >= a.length || j >= b.length) return Number(i < a.length) - Number(j < b.length)
    const numeric = isDigit(a.charCodeAt(i))
    // Digits are newer than letters.
    if (numeric !== isDigit(b.charCodeAt(j))) return numeric ? 1 : -1
    const end = numeric ? endOfDigits : endOfLetters
    const [endA, endB] = [end(a, i), end(b, j)]
    const order = (numeric ? compareDigits : compareText)(a.slice(i, endA), b.slice(j, endB))
    if (order !== 0) return order
    i = endA
    j = endB
  }
}

const skip = (text: string, from: number): number => {
  let at = from
  while (at < text.length && !counts(text.charCodeAt(at))) at++
  return at
}

const counts = (code: number): boolean => isDigit(code) || isLetter(code) || code === 0x7e || code === 0x5e

/** RPM's order, rpm-version(7): `[epoch:]version[-release]`; without a release on one side, releases do not count. */
export const compareRpm = byEpoch(compareRpmPart)
