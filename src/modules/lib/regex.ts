import { RE2JS } from 're2js'
import { GumshoeError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'

/** A linear-time regular expression over bytes, taken as UTF-8 (re2js: no pattern makes it backtrack; threats.md, T7). */
export interface Pattern {
  readonly source: string
  test(bytes: Uint8Array): boolean
  /** The same over several lines at once, with ^ and $ at line ends: false means that no line of them matches. */
  testLines(bytes: Uint8Array): boolean
  /** Bytes that every match holds, for a quick look first; absent where none is sure. */
  readonly literal?: Buffer
}

/** Compiles a pattern. Throws `bad-params` naming the flag. */
export const compilePattern = (source: string, flag: string): Pattern => {
  if (Buffer.byteLength(source) > LIMITS.patternBytes) {
    throw new GumshoeError('bad-params', `--${flag}: a pattern has at most ${LIMITS.patternBytes} bytes.`)
  }
  const compile = (flags: number) => {
    try {
      return RE2JS.compile(source, flags)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new GumshoeError('bad-params', `--${flag}: ${source} is no regular expression: ${why}.`, {
        cause,
        fix: 'RE2 syntax: no look-behind and no back-references; escape . ( [ with a backslash to mean themselves.'
      })
    }
  }
  const single = compile(0)
  const anchored = /\\[AzZ]/.test(source)
  const many = anchored ? undefined : compile(RE2JS.MULTILINE)
  const literal = requiredLiteral(source)
  return {
    source,
    test: bytes => single.test(bytes),
    testLines: bytes => many === undefined || many.test(bytes),
    ...(literal && { literal })
  }
}

/** The longest run of plain characters at the top level that no quantifier, group or alternation makes optional. */
export const requiredLiteral = (source: string): Buffer | undefined => {
  if (source.includes('|') || source.includes('(?') || source.includes('\\Q')) return undefined
  const runs: string[] = []
  let run = ''
  let depth = 0
  const end = () => {
    runs.push(run)
    run = ''
  }
  const characters = [...source]
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!
    const next = characters[i + 1]
    if (character === '\\') {
      i++
      // An escaped letter or digit is a class; escaped punctuation is itself.
      if (next === undefined || /[0-9a-zA-Z]/.test(next) || depth > 0) end()
      else run += next
    } else if (character === '[') {
      end()
      i = classEnd(characters, i)
    } else if (character === '(') {
      end()
      depth++
    } else if (character === ')') {
      end()
      depth--
    } else if (/[?*{]/.test(character)) {
      run = run.slice(0, -1)
      end()
      if (character === '{') while (i < characters.length && characters[i] !== '}') i++
    } else if (/[.^$+]/.test(character)) end()
    else if (depth === 0) run += character
  }
  end()
  const longest = runs.reduce((best, text) => (text.length > best.length ? text : best), '')
  return longest.length >= 3 ? Buffer.from(longest) : undefined
}

const classEnd = (characters: readonly string[], from: number): number => {
  let at = from + 1
  if (characters[at] === '^') at++
  if (characters[at] === ']') at++
  while (at < characters.length && characters[at] !== ']') at += characters[at] === '\\' ? 2 : 1
  return at
}
