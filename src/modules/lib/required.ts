import { type Token, tokensOf } from './regex-source.ts'

/** A run of ASCII that a match holds, by which most of a disk is passed over quickly. */
export interface Required {
  readonly text: string
  /** In either case, letter by letter. */
  readonly ignoreCase: boolean
}

/** Shorter runs are everywhere. */
const SHORTEST = 3
/** More than this are a list, and no shortcut. */
const MOST = 64

/** Runs of which every match of an expression holds at least one; undefined where none are sure. */
export const requiredTexts = (source: string): readonly Required[] | undefined => {
  const ignoreCase = source.startsWith('(?i)')
  const tokens = tokensOf(ignoreCase ? source.slice(4) : source)
  // Flags that are set on the way change what a letter means.
  if (tokens.some(({ kind, text }) => (kind === 'literal' || kind === 'open') && FLAGS.test(text)))
    return undefined
  const reader = new Reader(tokens, ignoreCase)
  const texts = reader.alternatives()
  return texts && texts.length <= MOST ? texts.map(text => ({ text, ignoreCase })) : undefined
}

const FLAGS = /^\(\?[a-zA-Z-]+[:)]/

/** The texts of which one must be there. */
type Texts = readonly string[] | undefined

/** Reads an expression that RE2 has taken, from left to right. */
class Reader {
  readonly #tokens: readonly Token[]
  readonly #ignoreCase: boolean
  #at = 0

  constructor(tokens: readonly Token[], ignoreCase: boolean) {
    this.#tokens = tokens
    this.#ignoreCase = ignoreCase
  }

  /** Up to the end or the bracket that closes: one text of each alternative, if each has one. */
  alternatives(): Texts {
    const all: Texts[] = []
    for (;;) {
      all.push(this.#sequence())
      if (this.#tokens[this.#at]?.text !== '|') break
      this.#at++
    }
    return all.some(texts => texts === undefined)
      ? undefined
      : [...new Set(all.flatMap(texts => texts ?? []))]
  }

  /** The best that one alternative has: the longest run, or a group's. */
  #sequence(): Texts {
    let best: Texts
    let run = ''
    const offer = (texts: Texts) => {
      if (better(texts, best)) best = texts
    }
    const end = () => {
      if (run.length >= SHORTEST) offer([run])
      run = ''
    }
    for (let token = this.#tokens[this.#at]; token !== undefined; token = this.#tokens[this.#at]) {
      if (token.kind === 'close' || (token.kind === 'literal' && token.text === '|')) break
      this.#at++
      if (token.kind === 'open') {
        end()
        const group = this.alternatives()
        this.#at++
        if (!this.#mayBeAbsent()) offer(group)
      } else if (token.kind === 'repeat') {
        if (mayBeAbsent(token)) run = run.slice(0, -1)
        end()
      } else {
        const letter = this.#letter(token)
        if (letter === undefined) end()
        else run += letter
      }
    }
    end()
    return best
  }

  #mayBeAbsent(): boolean {
    const next = this.#tokens[this.#at]
    return next?.kind === 'repeat' && mayBeAbsent(next)
  }

  #letter({ kind, text }: Token): string | undefined {
    const letter = kind === 'escape' && /^\\[^0-9a-zA-Z]$/.test(text) ? text[1]! : text
    if ((kind !== 'literal' && kind !== 'escape') || !/^[\x20-\x7e]$/.test(letter)) return undefined
    // K and S have a third form beyond ASCII (the Kelvin sign, the long s) that ignoring case takes too.
    return this.#ignoreCase && /[ks]/i.test(letter) ? undefined : letter
  }
}

const mayBeAbsent = ({ text }: Token): boolean => /^([*?]|\{0)/.test(text)

const shortest = (texts: Texts): number => Math.min(...(texts ?? ['']).map(({ length }) => length))

const better = (texts: Texts, than: Texts): boolean =>
  texts !== undefined &&
  (shortest(texts) > shortest(than) || (shortest(texts) === shortest(than) && texts.length < than!.length))
