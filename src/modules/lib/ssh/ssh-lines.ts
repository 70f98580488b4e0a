import { type PublicKey, publicKeyOf, TYPE_WORD } from './ssh-public.ts'

/** A line that holds a public key: of a .pub file, an authorized_keys or a known_hosts file (sshd(8)). */
export interface KeyLine {
  readonly line: number
  readonly key: PublicKey
  /** Options stand before an authorised key, hosts before a known one. */
  readonly before: boolean
}

const QUICK = /(?:ssh-|ecdsa-sha2-|sk-)/
/** Words before a key: hosts, a mark, or options, in which spaces stand in quotes only. */
const FIELDS = 4

/** The key of a line, whatever stands before it; undefined for any other line. */
export const keyOfLine = (line: string): { key: PublicKey; before: boolean } | undefined => {
  if (!QUICK.test(line) || /^\s*#/.test(line)) return undefined
  const words = wordsOf(line)
  for (let i = 0; i + 1 < words.length && i < FIELDS; i++) {
    if (!TYPE_WORD.test(words[i]!)) continue
    const text = words[i + 1]!
    if (!/^AAAA[A-Za-z0-9+/]+={0,2}$/.test(text)) continue
    const key = publicKeyOf(Buffer.from(text, 'base64'))
    if (key !== undefined) return { key, before: i > 0 }
  }
  return undefined
}

export const keyLines = (text: string): KeyLine[] =>
  text.split('\n').flatMap((line, i) => {
    const found = keyOfLine(line)
    return found === undefined ? [] : [{ line: i + 1, ...found }]
  })

/** The first words of a line; what stands in quotes is one. */
const wordsOf = (line: string): string[] => {
  const words: string[] = []
  let word = ''
  let quoted = false
  for (let i = 0; i <= line.length && words.length <= FIELDS + 1; i++) {
    const letter = line[i]
    if (letter === '"') quoted = !quoted
    if (letter === undefined || (!quoted && /\s/.test(letter))) {
      if (word !== '') words.push(word)
      word = ''
    } else {
      if (letter === '\\' && quoted && i + 1 < line.length) i++
      word += letter
    }
  }
  return words
}
