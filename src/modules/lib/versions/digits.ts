/** Numbers in versions have any length, so they are compared as digits and never as numbers that lose their ends. */

const NINE = 0x39
const ZERO = 0x30

export const isDigit = (code: number): boolean => code >= ZERO && code <= NINE

export const isLetter = (code: number): boolean => (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a

/** Where a run of digits ends that begins here. */
export const endOfDigits = (text: string, from: number): number => {
  let at = from
  while (at < text.length && isDigit(text.charCodeAt(at))) at++
  return at
}

export const endOfLetters = (text: string, from: number): number => {
  let at = from
  while (at < text.length && isLetter(text.charCodeAt(at))) at++
  return at
}

/** Orders two runs of digits as numbers; an empty one is 0. */
export const compareDigits = (a: string, b: string): number => {
  const [one, other] = [withoutZeros(a), withoutZeros(b)]
  return one.length - other.length || compareText(one, other)
}

const withoutZeros = (digits: string): string => {
  let at = 0
  while (at < digits.length && digits.charCodeAt(at) === ZERO) at++
  return at === 0 ? digits : digits.slice(at)
}

/** Orders by bytes, as C does: versions are latin1. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** `[epoch:]version[-release]`, as Debian, RPM and Arch write it. */
export const splitEpoch = (text: string): { epoch: string; version: string; release: string | undefined } => {
  const colon = endOfDigits(text, 0)
  const epoch = text[colon] === ':' ? text.slice(0, colon) : undefined
  const rest = epoch === undefined ? text : text.slice(colon + 1)
  const dash = rest.lastIndexOf('-')
  return {
    epoch: epoch ?? '0',
    version: dash < 0 ? rest : rest.slice(0, dash),
    release: dash < 0 ? undefined : rest.slice(dash + 1)
  }
}

/** `[epoch:]version[-release]` by the order of a part; without a release on one side, releases do not count. */
export const byEpoch =
  (comparePart: (a: string, b: string) => number) =>
  (a: string, b: string): number => {
    const [one, other] = [splitEpoch(a), splitEpoch(b)]
    return (
      compareDigits(one.epoch, other.epoch) ||
      comparePart(one.version, other.version) ||
      (one.release === undefined || other.release === undefined ? 0 : comparePart(one.release, other.release))
    )
  }
