import { createInterface } from 'node:readline'
import type { Command } from '../../src/cli/command.ts'
import { tellError } from '../../src/cli/exit.ts'
import { readPrivate, writePrivate } from '../../src/cli/home.ts'
import { resultSink, withResultsTo } from '../../src/cli/out.ts'
import { runProgram, VERSION } from '../../src/cli/program.ts'
import { systemClock } from '../../src/clock.ts'
import { utf8Bytes } from '../../src/codec.ts'
import { EXIT } from '../../src/errors.ts'
import { openChain } from '../admin/mesh-home.ts'
import { dropConnection, keepConnection } from '../commands/common.ts'
import { homeLayout } from '../home-layout.ts'
import { completer } from './complete.ts'
import { grepOf, grepSink } from './grep.ts'
import { parseLine } from './words.ts'

const HISTORY_LINES = 1_000

/** Commands after which one may be somebody else, or in another mesh. */
const CHANGES_WHO = ['key', 'lock', 'mesh']

/** The console: the same commands at a prompt, until exit or ^D. Resolves to the exit status. */
export const runPrompt = async (home: string, commands: readonly Command[]): Promise<number> => {
  keepConnection()
  // While a command runs, ^C is the command's; it must never end the console.
  const ignore = () => undefined
  process.on('SIGINT', ignore)
  const history = readHistory(home)
  process.stderr.write(
    `gumshoe ${VERSION}   help lists the commands, Tab completes, ^C leaves a question running, exit or ^D ends.\n`
  )
  try {
    for (;;) {
      const line = await readLine(await promptText(home), history, completer(home, commands))
      if (line === undefined || /^\s*(exit|quit)\s*$/.test(line)) return EXIT.complete
      if (line.trim() === '') continue
      saveHistory(home, history)
      await runLine(home, line, commands)
    }
  } finally {
    process.off('SIGINT', ignore)
    await dropConnection()
  }
}

/** Runs one line; what goes wrong is told, and the prompt goes on. */
export const runLine = async (home: string, text: string, commands: readonly Command[]): Promise<number> => {
  try {
    const { words, greps } = parseLine(text)
    const typed = words[0] === 'gumshoe' ? words.slice(1) : words
    const run = () => runProgram('gumshoe', ['--home', home, ...typed], commands)
    const filters = greps.map(grepOf)
    let status: number
    if (filters.length === 0) status = await run()
    else {
      const sink = grepSink(resultSink(), filters)
      status = await withResultsTo(sink, run)
      sink.end()
    }
    if (CHANGES_WHO.includes(typed[0] ?? '')) await dropConnection()
    return status
  } catch (error) {
    return tellError(error)
  }
}

const promptText = async (home: string): Promise<string> => {
  const chain = await openChain(home, systemClock.now()).catch(() => undefined)
  const { charter } = chain?.current ?? {}
  return charter ? `${charter.name}${charter.lab ? ' LAB' : ''}> ` : 'no mesh> '
}

type Completer = (line: string) => [string[], string]

/** One line with editing and history; undefined at ^D. An interface a line, so that commands may ask questions of their own. */
const readLine = (prompt: string, history: string[], complete: Completer): Promise<string | undefined> =>
  new Promise(done => {
    const terminal = createInterface({
      input: process.stdin,
      output: process.stderr,
      prompt,
      history: [...history],
      historySize: HISTORY_LINES,
      removeHistoryDuplicates: true,
      completer: complete
    })
    let typed: string | undefined
    terminal.on('history', lines => history.splice(0, history.length, ...lines))
    terminal.on('line', line => {
      typed = line
      terminal.close()
    })
    terminal.on('SIGINT', () => {
      process.stderr.write(terminal.line === '' ? '\n(exit or ^D ends the console)\n' : '\n')
      terminal.write(null, { ctrl: true, name: 'e' })
      terminal.write(null, { ctrl: true, name: 'u' })
      terminal.prompt()
    })
    terminal.on('close', () => {
      if (typed === undefined) process.stderr.write('\n')
      done(typed)
    })
    terminal.prompt()
  })

const readHistory = (home: string): string[] => {
  const bytes = readPrivate(homeLayout(home).history)
  return bytes === undefined ? [] : new TextDecoder().decode(bytes).split('\n').filter(Boolean)
}

/** Newest first, as readline has it; only where there is a home already. */
const saveHistory = (home: string, lines: readonly string[]): void => {
  try {
    writePrivate(homeLayout(home).history, utf8Bytes(`${lines.join('\n')}\n`))
  } catch {
    // A home that can't be written says so in the command that needs it.
  }
}
