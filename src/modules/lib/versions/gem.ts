import { compareDigits, compareText, isDigit } from './digits.ts'

/** Ruby's order, Gem::Version: a part of letters makes it one before the release; zeros at the ends do not count. */
export const compareGem = (a: string, b: string): number | undefined => {
  const [one, other] = [partsOf(a), partsOf(b)]
  if (one === undefined || other === undefined) return undefined
  for (let i = 0; i < Math.max(one.length, other.length); i++) {
    const [x, y] = [one[i] ?? '0', other[i] ?? '0']
    const [numberX, numberY] = [isNumber(x), isNumber(y)]
    const order = numberX === numberY ? (numberX ? compareDigits : compareText)(x, y) : numberX ? 1 : -1
    if (order !== 0) return order
  }
  return 0
}

const FORM = /^\d[0-9A-Za-z.]*(?:-[0-9A-Za-z.-]+)?$/

const isNumber = (part: string): boolean => isDigit(part.charCodeAt(0))

const partsOf = (version: string): string[] | undefined => {
  if (!FORM.test(version)) return undefined
  const parts = version.replaceAll('-', '.pre.').match(/\d+|[A-Za-z]+/g) ?? []
  const letters = parts.findIndex(part => !isNumber(part))
  if (letters < 0) return withoutZeros(parts)
  return [...withoutZeros(parts.slice(0, letters)), ...withoutZeros(parts.slice(letters))]
}

const withoutZeros = (parts: readonly string[]): string[] =>
  parts.slice(0, parts.findLastIndex(part => !/^0+$/.test(part)) + 1)
