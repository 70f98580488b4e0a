import { compareDigits, endOfDigits, isDigit, isLetter, splitEpoch } from './digits.ts'

/** Debian's order, deb-version(7): `[epoch:]upstream[-revision]`; a tilde comes before even the end, letters before the rest. */
export const compareDpkg = (a: string, b: string): number => {
  const [one, other] = [splitEpoch(a), splitEpoch(b)]
  return (
    compareDigits(one.epoch, other.epoch) ||
    comparePart(one.version, other.version) ||
    comparePart(one.release ?? '', other.release ?? '')
  )
}

/** Turn by turn what is no digit, then what is one. */
const comparePart = (a: string, b: string): number => {
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    while (holdsNoDigit(a, i) || holdsNoDigit(b, j)) {
      const order = orderAt(a, i++) - orderAt(b, j++)
      if (order !== 0) return order
    }
    const [endA, endB] = [endOfDigits(a, i), endOfDigits(b, j)]
    const order = compareDigits(a.slice(i, endA), b.slice(j, endB))
    if (order !== 0) return order
    i = endA
    j = endB
  }
  return 0
}

const holdsNoDigit = (text: string, at: number): boolean => at < text.length && !isDigit(text.charCodeAt(at))

/** The end and a digit count alike: the text that is no digit is over there. */
const orderAt = (text: string, at: number): number => {
  if (at >= text.length) return 0
  const code = text.charCodeAt(at)
  if (isDigit(code)) return 0
  if (code === 0x7e) return -1
  return isLetter(code) ? code : code + 256
}
