import { RE2JS } from 're2js'
import { GumshoeError } from '../../../errors.ts'
import { LIMITS } from '../../../limits.ts'
import { isBounded, withoutAnchors } from './regex-source.ts'
import { type Required, requiredTexts } from './required.ts'

/** A linear-time regular expression over bytes, taken as UTF-8 (re2js: no pattern makes it backtrack; threats.md, T7). */
export interface Pattern {
  readonly source: string
  /** Does it match anywhere in this one line (or name, or mode)? */
  test(bytes: Uint8Array): boolean
  /** A quick look at several lines at once: `false` means that none of them matches; `true` means that one may. */
  mayMatch(lines: Buffer): boolean
  /** The same as test, for a part that was cut out of a very long line: ^ and $ hold only at the line's own ends. */
  testPart(part: Buffer, first: boolean, last: boolean): boolean
  /** Where it matches, from a place on and one after the other; what stands before that place decides \b only. */
  matches(bytes: Uint8Array, from: number): Generator<Place>
  /** Says quickly that bytes lack what every match holds; false where that is not known. */
  lacks(bytes: Buffer): boolean
  /** What every match holds at least one of; undefined where that is not known. */
  readonly required: readonly Required[] | undefined
  /** True where no match can be longer than what windows over a very long line overlap by. */
  readonly bounded: boolean
}

export interface Place {
  readonly from: number
  readonly to: number
}

/** Compiles a pattern. Throws `bad-params` that names the flag. */
export const compilePattern = (source: string, flag: string): Pattern => {
  if (Buffer.byteLength(source) > LIMITS.patternBytes)
    throw new GumshoeError('bad-params', `--${flag}: a pattern has at most ${LIMITS.patternBytes} bytes.`)
  return patternOf(source, flag)
}

/** What the groups of an expression match in one line, or all that it matches where it has none. Throws `bad-params`. */
export const captures = (
  source: string,
  flag: string
): ((line: Uint8Array) => readonly string[] | undefined) => {
  const pattern = compile(source, 0, flag)
  const groups = pattern.groupCount()
  return line => {
    const matcher = pattern.matcher(line)
    if (!matcher.find()) return undefined
    if (groups === 0) return [matcher.group() ?? '']
    return Array.from({ length: groups }, (_, i) => matcher.group(i + 1) ?? '')
  }
}

/** Without the limit of length, for what we translate ourselves. */
export const patternOf = (source: string, flag: string): Pattern => {
  const line = compile(source, 0, flag)
  // These see the ends of a text, which lines in the middle of a chunk do not have.
  const endsOfText = /\\[Az]|\(\?[a-zA-Z]*-/.test(source)
  const many = endsOfText ? undefined : compile(source, RE2JS.MULTILINE, flag)
  const endOfLine = source.includes('$')
  const required = requiredTexts(source)
  const lacks = lacksOf(required)
  const parts = new Map<string, RE2JS>()
  return {
    source,
    test: bytes => line.test(bytes),
    // A line ends before \r\n too, and $ does not know that.
    mayMatch: lines =>
      !lacks(lines) && (many === undefined || (endOfLine && lines.includes(0x0d)) || many.test(lines)),
    testPart: (part, first, last) => {
      if (part.length > LONG && lacks(part)) return false
      const key = `${first} ${last}`
      let pattern = parts.get(key)
      if (pattern === undefined) {
        pattern = compile(withoutAnchors(source, first, last), 0, flag)
        parts.set(key, pattern)
      }
      return pattern.test(part)
    },
    matches: (bytes, from) => matchesOf(line, bytes, from),
    lacks,
    required,
    bounded: isBounded(source)
  }
}

function* matchesOf(pattern: RE2JS, bytes: Uint8Array, from: number): Generator<Place> {
  const matcher = pattern.matcher(bytes)
  for (let found = matcher.find(from); found; found = matcher.find())
    yield { from: matcher.start(), to: matcher.end() }
}

/** From here on a quick look first pays. */
const LONG = 4_096
const PIECE = 64 * 1024

const lacksOf = (required: readonly Required[] | undefined): ((bytes: Buffer) => boolean) => {
  const [first, ...more] = required ?? []
  if (first === undefined) return () => false
  if (more.length === 0 && !first.ignoreCase) return bytes => !bytes.includes(first.text, 0, 'latin1')
  const texts = [first, ...more].map(({ text }) => text)
  const reach = Math.max(...texts.map(({ length }) => length)) - 1
  // Plain texts alone, so nothing in it can backtrack; piece by piece, so that no large text is made.
  const source = texts.map(text => text.replace(/[^0-9a-zA-Z]/g, '\\$&')).join('|')
  const any = new RegExp(source, first.ignoreCase ? 'i' : '')
  return bytes => {
    for (let at = 0; at < bytes.length; at += PIECE)
      if (any.test(bytes.toString('latin1', at, at + PIECE + reach))) return false
    return true
  }
}

const compile = (source: string, flags: number, flag: string): RE2JS => {
  try {
    return RE2JS.compile(source, flags)
  } catch (cause) {
    const why = (cause instanceof Error ? cause.message : String(cause)).replace(
      /^error parsing regexp: /,
      ''
    )
    throw new GumshoeError('bad-params', `--${flag} ${source} is no regular expression: ${why}.`, {
      cause,
      fix: 'RE2 syntax: no look-around and no back-references; escape . ( [ with a backslash to mean themselves.'
    })
  }
}
