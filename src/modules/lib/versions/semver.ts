import { compareDigits, compareText } from './digits.ts'

/**
 * The order of Semantic Versioning, section 11, for npm and Go: a `v` in front and parts that are missing are forgiven,
 * what follows a `+` does not count. Undefined where one is no such version.
 */
export const compareSemver = (a: string, b: string): number | undefined => {
  const [one, other] = [versionOf(a), versionOf(b)]
  if (one === undefined || other === undefined) return undefined
  for (let i = 0; i < PARTS; i++) {
    const order = compareDigits(one.core[i] ?? '0', other.core[i] ?? '0')
    if (order !== 0) return order
  }
  return comparePre(one.pre, other.pre)
}

/** Go's: as above, and the tool's own versions too, `go1.22rc1`. */
export const compareGo = (a: string, b: string): number | undefined => compareSemver(toSemver(a), toSemver(b))

const PARTS = 3
const FORM = /^[v=]?(\d+(?:\.\d+){0,2})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]*)?$/
const GO = /^(?:go)?(\d+(?:\.\d+){0,2})(rc|beta)(\d+)$/

const toSemver = (version: string): string => {
  const match = GO.exec(version)
  return match === null ? version.replace(/^go/, '') : `${match[1]}-${match[2]}.${match[3]}`
}

const versionOf = (text: string): { core: string[]; pre: string[] | undefined } | undefined => {
  const match = FORM.exec(text)
  return match === null ? undefined : { core: match[1]!.split('.'), pre: match[2]?.split('.') }
}

/** A version that is still before its release is older; numbers are before words, fewer parts before more. */
const comparePre = (a: readonly string[] | undefined, b: readonly string[] | undefined): number => {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a[i]!, b[i]!]
    const [numberX, numberY] = [/^\d+$/.test(x), /^\d+$/.test(y)]
    const order = numberX === numberY ? (numberX ? compareDigits : compareText)(x, y) : numberX ? -1 : 1
    if (order !== 0) return order
  }
  return a.length - b.length
}
