import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** A shell word that stays what it is. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** A person at a terminal: a program on a pseudo-terminal (script(1)), keys that are pressed, and what the screen shows. */
export class Terminal {
  readonly #child: ChildProcess
  readonly #ended: Promise<number>
  #screen = ''
  #read = 0

  constructor(argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const command = `stty cols 120 rows 40; exec ${argv.map(quoted).join(' ')}`
    const clean = Object.entries(process.env).filter(([name]) => !/^(GUMSHOE_|GPG_TTY|NODE_)/.test(name))
    this.#child = spawn('script', ['-qfec', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...Object.fromEntries(clean), TERM: 'xterm', ...environment }
    })
    this.#child.stdout!.on('data', chunk => (this.#screen += chunk))
    this.#child.stdin!.on('error', () => undefined)
    this.#ended = once(this.#child, 'close').then(([code]) => code as number)
  }

  /** Everything that was shown, without colours and moves of the cursor. */
  get screen(): string {
    return this.#screen.replace(/\x1b\[[0-9;?]*[a-zA-Z]/g, '')
  }

  press(keys: string): void {
    this.#child.stdin!.write(keys)
  }

  /** Waits until the screen shows this behind what was waited for before; the text in between. Throws with the screen's end. */
  async shows(what: RegExp, timeoutMs = 30_000): Promise<string> {
    const end = performance.now() + timeoutMs
    for (;;) {
      const fresh = this.screen.slice(this.#read)
      const found = what.exec(fresh)
      if (found !== null) {
        this.#read += found.index + found[0].length
        return fresh.slice(0, found.index + found[0].length)
      }
      if (performance.now() > end || this.#child.exitCode !== null)
        throw new Error(
          `the terminal never showed ${what}; its screen ends with:\n${this.screen.slice(-3_000)}`
        )
      await new Promise(done => setTimeout(done, 50))
    }
  }

  /** Exit status, once the program has ended. Throws where it does not. */
  async ended(timeoutMs = 30_000): Promise<number> {
    const late = Symbol('late')
    const timer = new Promise<typeof late>(done => setTimeout(done, timeoutMs, late).unref())
    const status = await Promise.race([this.#ended, timer])
    if (status === late)
      throw new Error(`the program does not end; its screen:\n${this.screen.slice(-3_000)}`)
    return status as number
  }

  /** Hangs the terminal up. */
  close(): void {
    this.#child.kill('SIGTERM')
  }
}
