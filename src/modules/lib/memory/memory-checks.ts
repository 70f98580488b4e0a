import { GumshoeError } from '../../../errors.ts'
import type { Accounts } from '../host/accounts.ts'
import { compilePattern, type Pattern } from '../match/regex.ts'
import { tokensOf } from '../match/regex-source.ts'
import type { Required } from '../match/required.ts'
import { type CompiledProcess, compileProcess } from '../processes/process-checks.ts'
import type { MemorySearch } from './memory-params.ts'

/** One thing that is looked for in memory. */
export interface MemoryCheck {
  /** As typed: `text=hunter2`. */
  readonly label: string
  /** It holds where nothing matches. */
  readonly inverted: boolean
  /** Texts of which every match holds one; undefined where that is not known. */
  readonly required: readonly Required[] | undefined
  /** Absent where the one required text is all. */
  readonly pattern?: Pattern
}

export interface CompiledMemory {
  readonly search: MemorySearch
  /** Which processes. */
  readonly process: CompiledProcess
  readonly checks: readonly MemoryCheck[]
}

/** Compiles one search. Throws `bad-params` that names the flag. */
export const compileMemory = (search: MemorySearch, accounts: Accounts): CompiledMemory => {
  const { names, paths, cmdlines, users, libraries } = search
  return {
    search,
    process: compileProcess({ names, paths, cmdlines, users, libraries }, accounts),
    checks: [
      ...(search.texts ?? []).map(text => literal(`text=${text}`, Buffer.from(text))),
      ...(search.bytes ?? []).map(hex => literal(`bytes=${hex}`, Buffer.from(hex, 'hex'))),
      ...(search.contents ?? []).map(expression)
    ]
  }
}

const literal = (label: string, bytes: Buffer): MemoryCheck => ({
  label,
  inverted: false,
  required: [{ text: bytes.toString('latin1'), ignoreCase: false }]
})

const expression = (value: string): MemoryCheck => {
  const inverted = value.startsWith('!')
  const pattern = compilePattern(inverted ? value.slice(1) : value, 'content')
  const refuse = (why: string, fix: string) => {
    throw new GumshoeError('bad-params', `--content ${value}: ${why}.`, { fix })
  }
  if (tokensOf(pattern.source).some(({ kind }) => kind === 'begin' || kind === 'end'))
    refuse('memory has no lines to begin or end', 'Leave ^ $ \\A \\z out; \\b holds at the borders of words.')
  if (pattern.test(NOTHING)) refuse('it matches nothing at all, which is everywhere', 'Ask for more.')
  return { label: `content=${value}`, inverted, required: pattern.required, pattern }
}

const NOTHING = Buffer.alloc(0)
