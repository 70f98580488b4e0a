import { GumshoeError } from '../../src/errors.ts'

/** A line typed at the prompt: the words of a command, and what follows `| grep`. */
export interface Line {
  readonly words: readonly string[]
  readonly greps: readonly (readonly string[])[]
}

/** Words as a shell would make them, for quotes and backslashes; nothing is expanded. Throws `usage`. */
export const parseLine = (text: string): Line => {
  const { commands, open } = split(text)
  if (open)
    throw new GumshoeError('usage', `A ${open} is not closed.`, { fix: 'Close it, or write \\ before it.' })
  const [words = [], ...piped] = commands
  for (const [name] of piped)
    if (name !== 'grep')
      throw new GumshoeError('usage', `At the prompt only grep stands after |, not ${name ?? 'nothing'}.`, {
        fix: 'COMMAND | grep [-v] [-i] PATTERN; anything else in a shell: gumshoe COMMAND | …'
      })
  return { words, greps: piped.map(command => command.slice(1)) }
}

/** The words so far, for completion: the last one is what is being typed, empty after a space. */
export const wordsSoFar = (text: string): readonly string[] => split(text, true).commands.at(-1)!

const split = (text: string, typing = false): { commands: string[][]; open: string | undefined } => {
  const commands: string[][] = [[]]
  let word: string | undefined
  let quote: '"' | "'" | undefined
  const end = () => {
    if (word !== undefined) commands.at(-1)!.push(word)
    word = undefined
  }
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (quote !== undefined) {
      if (c === quote) quote = undefined
      else if (c === '\\' && quote === '"' && '"\\'.includes(text[i + 1] ?? ' ')) word += text[++i]!
      else word += c
    } else if (c === '"' || c === "'") {
      quote = c
      word ??= ''
    } else if (c === '\\' && i + 1 < text.length) word = (word ?? '') + text[++i]!
    else if (c === '|') {
      end()
      commands.push([])
    } else if (/\s/.test(c)) end()
    else word = (word ?? '') + c
  }
  const open = quote
  if (typing) word ??= ''
  end()
  return { commands, open }
}

/** A word as it must be typed to be read as itself. */
export const quoteWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
