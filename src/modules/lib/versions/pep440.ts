import { compareDigits, compareText, isDigit } from './digits.ts'

/** Python's order, PEP 440: `1!2.3rc4.post5.dev6+local`; undefined where one is no such version. */
export const comparePep440 = (a: string, b: string): number | undefined => {
  const [one, other] = [versionOf(a), versionOf(b)]
  if (one === undefined || other === undefined) return undefined
  return (
    compareDigits(one.epoch, other.epoch) ||
    compareRelease(one.release, other.release) ||
    comparePhase(one.before, other.before) ||
    comparePhase(one.post, other.post) ||
    comparePhase(one.dev, other.dev) ||
    compareLocal(one.local, other.local)
  )
}

/** How far along a version is, then its number. */
type Phase = readonly [rank: number, number: string]

interface Version {
  readonly epoch: string
  readonly release: readonly string[]
  readonly before: Phase
  readonly post: Phase
  readonly dev: Phase
  readonly local: readonly string[] | undefined
}

/** No two of its parts can match the same text, so it never tries one again. */
const FORM =
  /^\s*v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|beta|preview|pre|rc|a|b|c)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*$/i

const RANK: Record<string, number> = { a: 1, alpha: 1, b: 2, beta: 2, c: 3, rc: 3, pre: 3, preview: 3 }
const FIRST: Phase = [0, '']
const LAST: Phase = [4, '']

const versionOf = (text: string): Version | undefined => {
  const match = FORM.exec(text)
  if (match === null) return undefined
  const [, epoch, release, before, beforeNumber, implicitPost, post, postNumber, dev, devNumber, local] =
    match
  const isPost = implicitPost !== undefined || post !== undefined
  return {
    epoch: epoch ?? '0',
    release: release!.split('.'),
    before: beforeOf(before, beforeNumber, dev !== undefined && !isPost),
    post: isPost ? [1, implicitPost ?? postNumber ?? ''] : FIRST,
    dev: dev === undefined ? LAST : [1, devNumber ?? ''],
    local: local?.toLowerCase().split(/[-_.]/)
  }
}

/** 1.0.dev1 is before 1.0a1, and 1.0 behind 1.0rc1. */
const beforeOf = (word: string | undefined, number: string | undefined, isDev: boolean): Phase =>
  word === undefined ? (isDev ? FIRST : LAST) : [RANK[word.toLowerCase()]!, number ?? '']

const comparePhase = ([rankA, a]: Phase, [rankB, b]: Phase): number => rankA - rankB || compareDigits(a, b)

const compareRelease = (a: readonly string[], b: readonly string[]): number => {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const order = compareDigits(a[i] ?? '0', b[i] ?? '0')
    if (order !== 0) return order
  }
  return 0
}

/** A local version is behind the one without; numbers are behind words. */
const compareLocal = (a: readonly string[] | undefined, b: readonly string[] | undefined): number => {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a[i]!, b[i]!]
    const [numberX, numberY] = [isNumber(x), isNumber(y)]
    const order = numberX === numberY ? (numberX ? compareDigits : compareText)(x, y) : numberX ? 1 : -1
    if (order !== 0) return order
  }
  return a.length - b.length
}

const isNumber = (text: string): boolean => Array.from(text, letter => letter.charCodeAt(0)).every(isDigit)
