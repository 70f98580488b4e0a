import { GumshoeError } from '../../src/errors.ts'

/** Whether a line stays: `grep [-v] [-i] PATTERN`, the pattern a regular expression of the person who sits here. Throws `usage`. */
export const grepOf = (words: readonly string[]): ((line: string) => boolean) => {
  const flags = words.filter(word => /^-[vi]+$/.test(word)).join('')
  const patterns = words.filter(word => !/^-[vi]+$/.test(word))
  const [pattern] = patterns
  if (pattern === undefined || patterns.length > 1)
    throw new GumshoeError('usage', 'grep takes one pattern.', { fix: '| grep [-v] [-i] PATTERN' })
  try {
    const wanted = new RegExp(pattern, flags.includes('i') ? 'iu' : 'u')
    return line => wanted.test(line) !== flags.includes('v')
  } catch (cause) {
    throw new GumshoeError('usage', `${pattern} is no regular expression.`, {
      cause,
      fix: 'Write \\ before . [ ( * + ?'
    })
  }
}

/** A sink that hands on the lines that stay; what a colour adds is not searched. */
export const grepSink = (
  sink: Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>,
  filters: readonly ((line: string) => boolean)[]
): Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'> & { end(): void } => {
  let rest = ''
  const hand = (line: string) => {
    const plain = line.replace(/\x1b\[\d*m/g, '')
    if (filters.every(stays => stays(plain))) sink.write(`${line}\n`)
  }
  return {
    isTTY: sink.isTTY,
    columns: sink.columns,
    write: (chunk: string | Uint8Array) => {
      const lines = (rest + (typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk))).split('\n')
      rest = lines.pop()!
      for (const line of lines) hand(line)
      return true
    },
    end: () => {
      if (rest !== '') hand(rest)
    }
  }
}
