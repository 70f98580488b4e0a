import { VALUE } from './facts.ts'
import type { PolicyObject } from './form.ts'

type Setting = NonNullable<PolicyObject['setting']>

const BLANK = /^\s*(?:[#;]|\/\/|$)/
const SECTION = /^\s*\[([^\]]*)\]\s*$/

/** Values of one key in a file of settings: `key = value`, `key: value`, `key value`, in sections or without. */
export const settingReader = ({
  key,
  section,
  pick = 'all',
  ignorecase = false
}: Setting): ((bytes: Buffer) => readonly string[]) => {
  const fold = (text: string) => (ignorecase ? text.toLowerCase() : text)
  const wanted = fold(key)
  return bytes => {
    const values: string[] = []
    let here: string | undefined
    for (const line of bytes.toString('utf8').split('\n')) {
      if (BLANK.test(line)) continue
      const name = SECTION.exec(line)?.[1]
      if (name !== undefined) here = name.trim()
      else if (section === undefined || here === section) {
        const value = settingOf(line.trim(), wanted, fold)
        if (value !== undefined) values.push(value.slice(0, VALUE))
      }
    }
    return pick === 'all' ? values : pick === 'first' ? values.slice(0, 1) : values.slice(-1)
  }
}

/** What stands behind the key, without the sign between and without quotes around it. */
const settingOf = (line: string, wanted: string, fold: (text: string) => string): string | undefined => {
  if (fold(line.slice(0, wanted.length)) !== wanted) return undefined
  const rest = line.slice(wanted.length)
  if (rest !== '' && !/^[\s=:]/.test(rest)) return undefined
  const value = rest.replace(/^\s*[=:]?\s*/, '')
  return /^(["']).*\1$/s.test(value) && value.length > 1 ? value.slice(1, -1) : value
}
