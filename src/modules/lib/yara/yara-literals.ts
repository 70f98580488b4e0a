import { LIMITS } from '../../../limits.ts'
import { WINDOW } from '../match/kernel.ts'
import { compilePattern } from '../match/regex.ts'
import type { Required } from '../match/required.ts'
import type { YaraToken } from './yara-tokens.ts'

/**
 * What each match of a pattern of YARA holds at least one of. Undefined where that is not known for certain: whoever asks then
 * looks at everything.
 */
export type Literals = readonly Required[] | undefined

const MODIFIERS = /^(ascii|wide|nocase|fullword|private)$/
/** Longer ones are found by their beginning. */
const LONGEST = 64

export const literalsOfPattern = (value: YaraToken, modifiers: readonly string[]): Literals => {
  // Others change the bytes: xor, base64.
  if (!modifiers.every(word => MODIFIERS.test(word))) return undefined
  const ignoreCase = modifiers.includes('nocase')
  const narrow = narrowOf(value, ignoreCase)
  if (narrow === undefined || narrow.some(({ text }) => text.length < WINDOW)) return undefined
  const isWide = modifiers.includes('wide')
  return [
    ...(isWide && !modifiers.includes('ascii') ? [] : narrow),
    ...(isWide ? narrow.map(({ text, ignoreCase }) => ({ text: widened(text), ignoreCase })) : [])
  ].map(({ text, ignoreCase }) => ({ text: text.slice(0, LONGEST), ignoreCase }))
}

const widened = (text: string): string => [...text].map(letter => `${letter}\0`).join('')

const narrowOf = ({ kind, text }: YaraToken, ignoreCase: boolean): Literals => {
  if (text.length > LIMITS.patternBytes) return undefined
  if (kind === 'text') {
    const bytes = unescaped(text.slice(1, -1))
    return bytes === undefined ? undefined : [{ text: bytes, ignoreCase }]
  }
  if (kind === 'hex') {
    const bytes = longestRun(text.slice(1, -1))
    return bytes === undefined ? undefined : [{ text: bytes, ignoreCase: false }]
  }
  return kind === 'regex' ? ofExpression(text, ignoreCase) : undefined
}

const ESCAPED: Record<string, string> = { '\\"': '"', '\\\\': '\\', '\\t': '\t', '\\n': '\n', '\\r': '\r' }

/** The bytes of a text, as latin1. */
const unescaped = (text: string): string | undefined => {
  if (!/^(?:[\x20-\x7e\t])*$/.test(text)) return undefined
  let known = true
  const bytes = text.replace(/\\(?:x[0-9a-fA-F]{2}|.)/g, part => {
    const plain = part[1] === 'x' && part.length === 4 ? byteOf(part.slice(2)) : ESCAPED[part]
    known &&= plain !== undefined
    return plain ?? ''
  })
  return known ? bytes : undefined
}

const byteOf = (hex: string): string => String.fromCharCode(Number.parseInt(hex, 16))

/** The longest run of known bytes that is outside of alternatives. */
const longestRun = (source: string): string | undefined => {
  const plain = source.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
  let outside = plain
  // From the innermost alternatives outwards.
  for (let before = ''; before !== outside; ) {
    before = outside
    outside = outside.replace(/\([^()]*\)/g, '|')
  }
  const tokens = outside.match(/\[[^\]]*\]|~?[0-9a-fA-F?]{2}|\||\S/g) ?? []
  if (!tokens.every(token => /^(\[[\d\s-]*\]|~?[0-9a-fA-F?]{2}|\|)$/.test(token))) return undefined
  const runs = tokens
    .map(token => (/^[0-9a-fA-F]{2}$/.test(token) ? token : ' '))
    .join('')
    .split(/ +/)
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  return longest === '' ? undefined : Buffer.from(longest, 'hex').toString('latin1')
}

/** What both read alike: letters, the usual escapes, bytes below 128, classes, plain groups, and numbers of times. */
const ALIKE =
  /^(?:[^\\[({\x00-\x1f\x7f-\uffff]|\\(?:x[0-7][0-9a-fA-F]|[dDwWsSbBnrt]|[^\w\s])|\[\^?(?!\])(?:[^[\]\\&~-]|-(?!-)|\\(?:x[0-7][0-9a-fA-F]|[dDwWsSnrt]|[^\w\s]))+\]|\((?!\?)|\{\d+(?:,\d*)?\})*$/

/** By our own reader of expressions, whose dialect is another: only where the two do not differ. */
const ofExpression = (text: string, nocase: boolean): Literals => {
  const end = text.lastIndexOf('/')
  const [source, flags] = [text.slice(1, end).replaceAll('\\/', '/'), text.slice(end + 1)]
  if (!/^[is]{0,2}$/.test(flags) || !ALIKE.test(source)) return undefined
  try {
    return compilePattern(nocase || flags.includes('i') ? `(?i)${source}` : source, 'rule').required
  } catch {
    return undefined
  }
}
