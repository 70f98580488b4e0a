import { createInterface } from 'node:readline/promises'
import type { Argv } from 'yargs'
import { resultSink } from '../../src/cli/out.ts'
import { safeText } from '../../src/cli/safe-text.ts'
import { readSecret } from '../../src/cli/secret.ts'
import { systemClock } from '../../src/clock.ts'
import { GumshoeError } from '../../src/errors.ts'
import { findModule } from '../../src/modules/index.ts'
import { gpgHolder } from '../../src/trust/key-holder.ts'
import type { AdminContext } from '../admin/context.ts'
import { handOver, refresh } from '../admin/hand-over.ts'

/** What every command of the admins may be told; `home` is resolved by the main. */
export interface AdminArgs {
  home: string
  yes?: boolean | undefined
  key?: string | undefined
  gpg?: string | undefined
  passphraseFd?: number | undefined
}

export const KEY = { type: 'string', describe: 'Which of your keys (gumshoe key list)' } as const
export const PASSPHRASE_FD = {
  type: 'number',
  describe: 'Read the passphrase from this descriptor'
} as const
export const YES = { alias: 'y', type: 'boolean', describe: 'Do not ask' } as const

export const adminOptions = <T>(yargs: Argv<T>) =>
  yargs
    .option('key', KEY)
    .option('gpg', { type: 'string', describe: 'Sign and decrypt through gpg with this full fingerprint' })
    .option('passphrase-fd', PASSPHRASE_FD)
    .option('yes', YES)

export const isTerminal = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true

/** One line typed at the terminal, after what stands there already; questions go to standard error. Empty at ^C and ^D. */
export const askLine = async (question: string, before = ''): Promise<string> => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const left = new AbortController()
  terminal.on('SIGINT', () => left.abort())
  terminal.on('close', () => left.abort())
  try {
    const answer = terminal.question(question, { signal: left.signal })
    if (before !== '') terminal.write(before)
    return await answer
  } catch (error) {
    if (!left.signal.aborted) throw error
    process.stderr.write('\n')
    return ''
  } finally {
    terminal.close()
  }
}

/** A new passphrase, typed twice at a terminal or read once from a descriptor. Throws `bad-passphrase`. */
export const newPassphrase = async (passphraseFd: number | undefined, what = 'new key'): Promise<string> => {
  const options = { passphraseFd }
  const first = await readSecret(`Passphrase for the ${what}: `, options)
  if (!first)
    throw new GumshoeError('bad-passphrase', `A passphrase for the ${what} is wanted.`, {
      fix: 'Type it at a terminal, or give it by a descriptor (--help), or do without: --no-passphrase, --no-recovery-passphrase.'
    })
  if (passphraseFd !== undefined) return first
  if ((await readSecret('The same again: ', options)) !== first)
    throw new GumshoeError('bad-passphrase', 'The two passphrases differ; nothing was made.')
  return first
}

const words = (module: string, params: unknown): string | undefined => {
  const spec = findModule(module)
  const parsed = spec?.params.safeParse(params)
  return spec && parsed?.success ? spec.say(parsed.data) : undefined
}

const confirm = async (question: string): Promise<boolean> => {
  if (!isTerminal())
    throw new GumshoeError('usage', 'Nobody can be asked here.', {
      fix: 'Read what is shown, then add --yes.'
    })
  return /^y(es)?$/i.test((await askLine(`${question} [y/N] `)).trim())
}

/** The context of a command as it was typed. */
export const adminContext = (args: AdminArgs): AdminContext => {
  const tell = (line: string) => void process.stderr.write(`${safeText(line)}\n`)
  const context: AdminContext = {
    home: args.home,
    clock: systemClock,
    say: line => void resultSink().write(`${safeText(line)}\n`),
    tell,
    // What a descriptor says, it says once.
    passphrase: async (question, again = false) =>
      again && args.passphraseFd !== undefined
        ? undefined
        : readSecret(question, { passphraseFd: args.passphraseFd }),
    confirm: args.yes ? async () => true : confirm,
    refresh: () => refresh(context),
    publish: charters => handOver(context, charters),
    words,
    ...(args.gpg !== undefined && { gpg: gpgHolder(args.gpg.toLowerCase()) }),
    ...(args.key !== undefined && { key: args.key })
  }
  return context
}
