import { spawn } from 'node:child_process'
import { GumshoeError } from '../../src/errors.ts'

/** What a person does with a preview. */
export type Decision = 'sign' | 'save' | 'edit' | 'no'

export interface DecideOptions {
  /** With what would be signed, as a person knows it. */
  readonly key: string
  readonly bytes: Uint8Array
  /** The flags that run the same question on this machine; absent where it can't be. */
  readonly tryHere?: readonly string[]
  readonly canEdit: boolean
  readonly home: string
  ask(question: string): Promise<string>
  tell(text: string): void
}

/** Asks until there is an answer; everything but `y` leaves the question unsigned. */
export const decide = async (options: DecideOptions): Promise<Decision> => {
  const choices = [
    `[y] sign with ${options.key}`,
    options.tryHere && '[l] try here',
    '[b] bytes',
    '[s] save for a co-signer',
    options.canEdit && '[e] edit',
    '[n] no: '
  ]
  for (;;) {
    const answer = (await options.ask(choices.filter(Boolean).join('  '))).trim().toLowerCase()
    if (answer === 'y' || answer === 'yes') return 'sign'
    if (answer === 's') return 'save'
    if (answer === 'e' && options.canEdit) return 'edit'
    if (answer === 'n' || answer === 'no' || answer === '' || answer === 'q') return 'no'
    if (answer === 'b') options.tell(new TextDecoder().decode(options.bytes))
    else if (answer === 'l' && options.tryHere) await runHere(options.home, options.tryHere)
    else options.tell(`What is ${JSON.stringify(answer)}? One letter of these; n signs nothing.`)
  }
}

/** In a process of its own: one that has joined a mesh runs no module (src/trust/permit.ts). */
const runHere = (home: string, flags: readonly string[]): Promise<void> => {
  const program = process.argv[1]
  if (program === undefined) throw new GumshoeError('internal', 'The program does not know its own file.')
  const child = spawn(process.execPath, [program, '--home', home, 'local', ...flags], { stdio: 'inherit' })
  return new Promise((done, failed) => {
    child.on('error', failed)
    child.on('close', () => done())
  })
}

/** `22DD…1BD1`: enough to compare with a card's label. */
export const shortKey = (fingerprint: string): string =>
  `${fingerprint.slice(0, 4)}…${fingerprint.slice(-4)}`.toUpperCase()
