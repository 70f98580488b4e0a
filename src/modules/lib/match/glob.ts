import { GumshoeError } from '../../../errors.ts'
import { LIMITS } from '../../../limits.ts'
import { type Pattern, patternOf } from './regex.ts'

/**
 * Globs on names and paths: `*` any run (slashes too), `?` one character, `[a-z]`, `[!a-z]`, `{one,other}`, and a backslash
 * before what is meant as it stands. Translated to a linear-time expression; shell libraries make backtracking ones of
 * them (threats.md, T7). Throws `bad-params` that names the flag.
 */
export const compileGlob = (glob: string, flag: string): Pattern => {
  if (Buffer.byteLength(glob) > LIMITS.patternBytes)
    throw new GumshoeError('bad-params', `--${flag}: a glob has at most ${LIMITS.patternBytes} bytes.`)
  return patternOf(`(?s)^(?:${translate(glob, flag)})$`, flag)
}

const PIECE = /\\([\s\S])|\[([!^]?)(\]?[^\]]*)\]|[\s\S]/gu

const translate = (glob: string, flag: string): string => {
  let open = 0
  let out = ''
  for (const [piece, escaped, not, set] of glob.matchAll(PIECE)) {
    if (escaped !== undefined) out += literal(escaped)
    else if (set) out += `[${not ? '^' : ''}${set.replace(/[\\[\]^]/g, '\\$&')}]`
    else if (piece === '*') out += '.*'
    else if (piece === '?') out += '.'
    else if (piece === '{') {
      open++
      out += '(?:'
    } else if (piece === '}' && open > 0) {
      open--
      out += ')'
    } else if (piece === ',' && open > 0) out += '|'
    else out += literal(piece)
  }
  if (open > 0)
    throw new GumshoeError('bad-params', `--${flag} ${glob}: a { is not closed.`, {
      fix: 'Close it with }, or write \\{ for the character itself.'
    })
  return out
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** The name that a glob stands for, where it stands for one only. */
export const plainGlob = (glob: string): string | undefined => (/[*?[\]{}\\]/.test(glob) ? undefined : glob)
