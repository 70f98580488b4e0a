import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Program = 'gumshoe' | 'gumshoe-agent' | 'gumshoe-bootstrap'

/** Where the launcher of each program lies, seen from the checkout's (or the package's) root. */
const LAUNCHERS: Record<Program, string> = {
  gumshoe: 'console/gumshoe.cjs',
  'gumshoe-agent': 'agent/gumshoe-agent.cjs',
  'gumshoe-bootstrap': 'bootstrap-nodes/gumshoe-bootstrap.cjs'
}

/** A machine that is busy with everybody's starts is slow, not wrong. */
const START_MS = 90_000

export interface Finished {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  /** Both, in the order in which they came. */
  readonly screen: string
}

export interface RunOptions {
  readonly stdin?: string
  readonly timeoutMs?: number
  /** Called with each line of standard error as it comes. */
  readonly onStatus?: (line: string) => void
}

/** Processes of the three programs on this machine, each with a home of its own below one directory. */
export class Fleet {
  readonly directory: string
  /** Whether processes that stay are out of reach of the terminal's ^C, which is meant for the command before it. */
  apart = false
  readonly #root: string
  readonly #executables: string | undefined
  readonly #running = new Map<string, ChildProcess>()

  /** With `executables`, the programs are the single executables in that directory instead of the checkout's. */
  constructor(
    directory: string,
    root = resolve(fileURLToPath(new URL('.', import.meta.url)), '../..'),
    executables?: string
  ) {
    this.directory = directory
    this.#root = root
    this.#executables = executables
  }

  /** A directory of a home, as the programs want it. */
  makePrivate(path: string): void {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  }

  launcher(program: Program): string {
    return join(this.#root, LAUNCHERS[program])
  }

  /** The words that start a program. */
  command(program: Program): [string, ...string[]] {
    return this.#executables === undefined
      ? [process.execPath, this.launcher(program)]
      : [join(this.#executables, `${program}-linux-${process.arch}`)]
  }

  /** Runs a command to its end. Never throws for an exit status: the caller judges it. */
  run(program: Program, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return new Promise((done, failed) => {
      const [command, ...prefix] = this.command(program)
      const child = spawn(command, [...prefix, ...args], {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: cleanEnvironment()
      })
      const out: Buffer[] = []
      const err: Buffer[] = []
      const screen: Buffer[] = []
      const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 60_000)
      child.stdout.on('data', chunk => {
        out.push(chunk)
        screen.push(chunk)
      })
      child.stderr.on('data', chunk => {
        err.push(chunk)
        screen.push(chunk)
        for (const line of String(chunk).split('\n')) if (line) options.onStatus?.(line)
      })
      child.on('error', failed)
      child.on('close', (code, signal) => {
        clearTimeout(timer)
        done({
          status: code ?? (signal === 'SIGKILL' ? 137 : 143),
          stdout: Buffer.concat(out).toString(),
          stderr: Buffer.concat(err).toString(),
          screen: Buffer.concat(screen).toString()
        })
      })
      child.stdin.end(options.stdin ?? '')
    })
  }

  /** Hands the terminal to a program until it ends. */
  attach(program: Program, args: readonly string[]): Promise<number> {
    const [command, ...prefix] = this.command(program)
    const child = spawn(command, [...prefix, ...args], {
      stdio: 'inherit',
      env: cleanEnvironment()
    })
    return new Promise((done, failed) => {
      child.on('error', failed)
      child.on('close', code => done(code ?? 1))
    })
  }

  /** Starts a program that stays; resolves when a line of its log matches `ready`, with that line. */
  start(
    name: string,
    program: Program,
    args: readonly string[],
    ready: RegExp,
    options: { timeoutMs?: number; wrap?: readonly string[] } = {}
  ): Promise<string> {
    const [command, ...prefix] = [...(options.wrap ?? []), ...this.command(program)]
    const child = spawn(command!, [...prefix, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: cleanEnvironment(),
      detached: this.apart
    })
    this.#running.set(name, child)
    const log = createWriteStream(join(this.directory, `${name}.log`), { flags: 'a' })
    return new Promise((done, failed) => {
      let seen = ''
      const timer = setTimeout(
        () => failed(new Error(`${name} was not ready in time; its log ends with:\n${seen.slice(-2_000)}`)),
        options.timeoutMs ?? START_MS
      )
      const take = (chunk: Buffer) => {
        log.write(chunk)
        if (seen === 'ready') return
        seen += String(chunk)
        const line = seen.split('\n').find(text => ready.test(text))
        if (line === undefined) return
        seen = 'ready'
        clearTimeout(timer)
        done(line)
      }
      child.stdout.on('data', take)
      child.stderr.on('data', take)
      child.on('close', code => {
        clearTimeout(timer)
        if (this.#running.get(name) === child) this.#running.delete(name)
        if (seen !== 'ready')
          failed(new Error(`${name} ended with status ${code} before it was ready:\n${seen.slice(-2_000)}`))
        log.end()
      })
    })
  }

  pid(name: string): number | undefined {
    return this.#running.get(name)?.pid
  }

  running(): string[] {
    return [...this.#running.keys()]
  }

  /** Ends one process and waits until it is gone. */
  async kill(name: string, signal: NodeJS.Signals = 'SIGTERM', graceMs = 5_000): Promise<void> {
    const child = this.#running.get(name)
    if (!child) return
    const gone = new Promise<void>(done => child.once('close', () => done()))
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
    await gone
    clearTimeout(timer)
    this.#running.delete(name)
  }

  async stop(): Promise<void> {
    await Promise.all(this.running().map(name => this.kill(name)))
  }
}

/** The environment without what would lead a program to another home. */
const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('GUMSHOE_') && name !== 'NODE_OPTIONS')
  )

/** A TCP port of loopback that is free now. */
export const freePort = (): Promise<number> =>
  new Promise((done, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address && typeof address === 'object' ? done(address.port) : failed(new Error('no port'))
      )
    })
  })
