import { captures, compilePattern } from '../match/regex.ts'
import { VALUE } from './facts.ts'
import type { PolicyObject } from './form.ts'
import { settingReader } from './setting.ts'

/** How the values of one object are got out of a file. */
export interface FileReader {
  readonly mayTell: (name: Buffer) => boolean
  /** Of the name alone. */
  readonly ofName?: (name: Buffer) => readonly string[]
  /** Of what is in the file. */
  readonly ofBytes?: (bytes: Buffer) => Iterable<string>
}

/** Throws `bad-params` for what is no regular expression. */
export const fileReaderOf = ({ filecontent, filename, hasline, setting }: PolicyObject): FileReader => {
  const { file } = (filecontent ?? filename ?? hasline ?? setting)!
  const named = compilePattern(file, 'document')
  const mayTell = (name: Buffer) => named.test(name)
  if (filename !== undefined) {
    const groups = captures(file, 'document')
    return { mayTell, ofName: name => (groups(name) ?? []).slice(0, 1) }
  }
  if (setting !== undefined) return { mayTell, ofBytes: settingReader(setting) }
  const { expression } = (filecontent ?? hasline)!
  const wanted = compilePattern(expression, 'document')
  if (hasline !== undefined)
    return { mayTell, ofBytes: bytes => [String(wanted.mayMatch(bytes) && anyLine(bytes, wanted.test))] }
  const groups = captures(expression, 'document')
  return {
    mayTell,
    *ofBytes(bytes) {
      if (!wanted.mayMatch(bytes)) return
      for (const line of linesOf(bytes)) for (const value of groups(line) ?? []) yield value.slice(0, VALUE)
    }
  }
}

export function* linesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(NEWLINE, at)
    const end = found < 0 ? bytes.length : found
    yield bytes.subarray(at, end > at && bytes[end - 1] === RETURN ? end - 1 : end)
    at = end + 1
  }
}

const NEWLINE = 0x0a
const RETURN = 0x0d

const anyLine = (bytes: Buffer, test: (line: Buffer) => boolean): boolean => {
  for (const line of linesOf(bytes)) if (test(line)) return true
  return false
}
