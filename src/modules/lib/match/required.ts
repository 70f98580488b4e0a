import { type Token, tokensOf } from './regex-source.ts'

/** Bytes that a match holds, by which most of a disk is passed over quickly. */
export interface Required {
  /** As latin1. */
  readonly text: string
  /** ASCII letters in either case. */
  readonly ignoreCase: boolean
}

/** Shorter runs are everywhere. */
const SHORTEST = 3
/** What is longer finds no better. */
const LONG = 8
/** More of them are a list, and no shortcut. */
const MOST = 64
/** As many forms of one run as one pass takes. */
const FORMS = 16

/** Texts of which every match of an expression holds at least one; undefined where none are sure. */
export const requiredTexts = (source: string): readonly Required[] | undefined => {
  const ignoreCase = source.startsWith('(?i)')
  const tokens = tokensOf(ignoreCase ? source.slice(4) : source)
  // Flags that are set on the way change what a letter means.
  if (tokens.some(({ kind, text }) => (kind === 'literal' || kind === 'open') && FLAGS.test(text)))
    return undefined
  const { required } = new Reader(tokens, ignoreCase).alternatives()
  return required && required.length <= MOST ? required.map(text => ({ text, ignoreCase })) : undefined
}

const FLAGS = /^\(\?[a-zA-Z-]+[:)]/

/** Texts of which one is there; undefined where nobody knows. */
type Texts = readonly string[] | undefined

/** What is known of a part of an expression. */
interface Known {
  /** All that it matches, where that is a few texts. */
  readonly exact: Texts
  readonly required: Texts
}

/** Reads an expression that RE2 has taken, from left to right. */
class Reader {
  readonly #tokens: readonly Token[]
  readonly #ignoreCase: boolean
  #at = 0

  constructor(tokens: readonly Token[], ignoreCase: boolean) {
    this.#tokens = tokens
    this.#ignoreCase = ignoreCase
  }

  /** Up to the end or the bracket that closes. */
  alternatives(): Known {
    const all = [this.#sequence()]
    while (this.#tokens[this.#at]?.text === '|') {
      this.#at++
      all.push(this.#sequence())
    }
    return {
      exact: union(all.map(({ exact }) => exact)),
      required: union(all.map(({ required }) => required))
    }
  }

  /** One alternative: the best of its runs and groups. */
  #sequence(): Known {
    let best: Texts
    /** Every form of the run of letters and plain groups that leads up to here. */
    let run: readonly string[] = ['']
    let exact = true
    const end = () => {
      exact = false
      if (better(run, best)) best = run
      run = ['']
    }
    for (let token = this.#tokens[this.#at]; token !== undefined; token = this.#tokens[this.#at]) {
      if (token.kind === 'close' || (token.kind === 'literal' && token.text === '|')) break
      this.#at++
      const known = token.kind === 'open' ? this.#group() : this.#letter(token)
      const repeat = this.#repeat()
      if (repeat !== undefined && mayBeAbsent(repeat)) end()
      else {
        const longer = known.exact && product(run, known.exact)
        if (longer !== undefined) run = longer
        else {
          end()
          if (better(known.required, best)) best = known.required
          if (known.exact !== undefined) run = known.exact
        }
        // What comes again, comes before whatever follows.
        if (repeat !== undefined) end()
      }
    }
    const whole = exact ? run : undefined
    end()
    return { exact: whole, required: best }
  }

  #group(): Known {
    const known = this.alternatives()
    this.#at++
    return known
  }

  #repeat(): Token | undefined {
    const next = this.#tokens[this.#at]
    if (next?.kind !== 'repeat') return undefined
    this.#at++
    return next
  }

  #letter({ kind, text }: Token): Known {
    const letter = kind === 'escape' && /^\\[^0-9a-zA-Z]$/.test(text) ? text[1]! : text
    const plain = (kind === 'literal' || kind === 'escape') && /^[\x20-\x7e]$/.test(letter)
    if (!plain) return { exact: undefined, required: undefined }
    const forms = [letter, ...((this.#ignoreCase && THIRD[letter.toLowerCase()]) || [])]
    return { exact: forms, required: undefined }
  }
}

/** K and S have a third form beyond ASCII (the Kelvin sign, the long s) that ignoring case takes too, here as UTF-8. */
const THIRD: Readonly<Record<string, readonly string[]>> = { k: ['\xe2\x84\xaa'], s: ['\xc5\xbf'] }

const union = (all: readonly Texts[]): Texts =>
  all.some(texts => texts === undefined) ? undefined : [...new Set(all.flatMap(texts => texts ?? []))]

/** Each text followed by each of the next ones; undefined where that is too many. */
const product = (texts: readonly string[], next: readonly string[]): Texts =>
  texts.length * next.length > FORMS ? undefined : texts.flatMap(text => next.map(more => text + more))

const mayBeAbsent = ({ text }: Token): boolean => /^([*?]|\{0)/.test(text)

const shortest = (texts: Texts): number => Math.min(LONG, ...(texts ?? ['']).map(({ length }) => length))

const better = (texts: Texts, than: Texts): boolean =>
  texts !== undefined &&
  shortest(texts) >= SHORTEST &&
  (shortest(texts) > shortest(than) || (shortest(texts) === shortest(than) && texts.length < than!.length))
