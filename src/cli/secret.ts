import { readFileSync } from 'node:fs'
import type { ReadStream } from 'node:tty'
import { GumshoeError } from '../errors.ts'
import { forbidDumps } from '../run/dumps.ts'

export interface SecretOptions {
  /** A descriptor that the passphrase is read from, up to the first line's end. */
  readonly passphraseFd?: number | undefined
}

/**
 * A passphrase: from the descriptor of --passphrase-fd, else typed at the terminal without echo; never from arguments or
 * the environment, which other users may read. Undefined where neither is there, for keys that have none.
 */
export const readSecret = async (question: string, options: SecretOptions): Promise<string | undefined> => {
  await forbidDumps()
  if (options.passphraseFd !== undefined) return fromDescriptor(options.passphraseFd)
  if (process.stdin.isTTY && process.stderr.isTTY) return fromTerminal(question, process.stdin)
  return undefined
}

const fromDescriptor = (fd: number): string => {
  try {
    return readFileSync(fd, 'utf8').split(/\r?\n/, 1)[0] ?? ''
  } catch (cause) {
    throw new GumshoeError('bad-passphrase', `The passphrase can't be read from descriptor ${fd}.`, {
      cause,
      fix: 'gumshoe … --passphrase-fd 3 3< FILE'
    })
  }
}

const fromTerminal = (question: string, input: ReadStream): Promise<string> =>
  new Promise((done, failed) => {
    process.stderr.write(question)
    let typed = ''
    const end = (finish: () => void) => {
      input.setRawMode(false)
      input.pause()
      input.off('data', take)
      process.stderr.write('\n')
      finish()
    }
    const take = (chunk: Buffer) => {
      for (const key of chunk.toString('utf8')) {
        if (key === '\r' || key === '\n') return end(() => done(typed))
        if (key === '\x03' || key === '\x04')
          return end(() => failed(new GumshoeError('bad-passphrase', 'No passphrase was given.')))
        if (key === '\x7f' || key === '\b') typed = typed.slice(0, -1)
        else typed += key
      }
    }
    input.setRawMode(true)
    input.resume()
    input.on('data', take)
  })
