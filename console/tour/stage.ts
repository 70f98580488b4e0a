import type { Finished, Fleet, Program, RunOptions } from './fleet.ts'

/** Something that the tour promised did not happen; the message says what. */
export class TourFailure extends Error {}

export interface TypeOptions extends RunOptions {
  /** Exit statuses that this step promises; 0 when absent. */
  readonly status?: readonly number[]
  /** Texts that must stand on the screen. */
  readonly shows?: readonly (string | RegExp)[]
  /** Don't print the output, only the command line. */
  readonly quiet?: boolean
}

/** Prints what is done, as a reader would type it, does it, and judges what came of it. */
export class Stage {
  readonly fleet: Fleet
  readonly #print: (line: string) => void
  readonly #colour: boolean
  readonly #started = performance.now()

  constructor(fleet: Fleet, print: (line: string) => void, colour: boolean) {
    this.fleet = fleet
    this.#print = print
    this.#colour = colour
  }

  #paint(code: number, text: string): string {
    return this.#colour ? `\x1b[${code}m${text}\x1b[0m` : text
  }

  scene(title: string): void {
    const seconds = ((performance.now() - this.#started) / 1_000).toFixed(1)
    this.#print('')
    this.#print(this.#paint(1, `── ${title} ${'─'.repeat(Math.max(2, 92 - title.length))} ${seconds} s`))
  }

  say(text: string): void {
    this.#print(this.#paint(36, text))
  }

  /** The command line as it can be typed again: the directory of the tour is $T. */
  line(program: Program, args: readonly string[]): string {
    const words = args.map(word => quote(word.replaceAll(this.fleet.directory, '$T')))
    return [program, ...words].join(' ')
  }

  async type(program: Program, args: readonly string[], options: TypeOptions = {}): Promise<Finished> {
    this.#print(this.#paint(32, `$ ${this.line(program, args)}`))
    const result = await this.fleet.run(program, args, options)
    const { screen } = result
    if (!options.quiet) for (const text of screen.trimEnd().split('\n')) if (text) this.#print(`  ${text}`)
    const wanted = options.status ?? [0]
    if (!wanted.includes(result.status)) {
      throw new TourFailure(
        `${this.line(program, args)}\nended with status ${result.status}, promised was ${wanted.join(' or ')}.\n${options.quiet ? screen : ''}`
      )
    }
    for (const text of options.shows ?? [])
      this.expect(
        typeof text === 'string' ? screen.includes(text) : text.test(screen),
        `${this.line(program, args)}\nshould show ${text}`
      )
    return result
  }

  /** The same without a word, for what a reader has seen done once already. */
  async quietly(program: Program, args: readonly string[], options: TypeOptions = {}): Promise<Finished> {
    const result = await this.fleet.run(program, args, options)
    const wanted = options.status ?? [0]
    this.expect(
      wanted.includes(result.status),
      `${this.line(program, args)}\nended with status ${result.status}:\n${result.screen}`
    )
    return result
  }

  expect(holds: boolean, what: string): asserts holds {
    if (!holds) throw new TourFailure(what)
  }

  proof(text: string): void {
    this.#print(this.#paint(33, `  ✓ ${text}`))
  }

  /** Starts a program that stays, printing its command line. */
  async launch(
    name: string,
    program: Program,
    args: readonly string[],
    ready: RegExp,
    options: { wrap?: readonly string[]; quiet?: boolean } = {}
  ): Promise<string> {
    if (!options.quiet) this.#print(this.#paint(32, `$ ${this.line(program, args)} &`))
    return this.fleet.start(name, program, args, ready, options)
  }
}

const quote = (word: string): string => {
  if (/^[\w@%+=:,./$-]+$/.test(word)) return word
  return word.includes('$T') ? `"${word.replace(/(["\\`])/g, '\\$1')}"` : `'${word.replaceAll("'", `'\\''`)}'`
}

/** Waits until a condition holds, asking again every so often; throws a TourFailure that says what never came. */
export const until = async (
  what: string,
  condition: () => Promise<boolean> | boolean,
  timeoutMs = 20_000,
  everyMs = 200
): Promise<void> => {
  const end = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > end)
      throw new TourFailure(`${what}: this did not happen within ${timeoutMs / 1_000} s`)
    await new Promise(done => setTimeout(done, everyMs))
  }
}
