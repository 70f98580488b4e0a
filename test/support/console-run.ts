import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { ROOT } from '../source-tree.ts'

export interface Ran {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

/** Runs one command line of the real console to its end, in a pipe. */
export const runConsole = async (
  argv: readonly string[],
  options: { closeAfterFirstChunk?: boolean } = {}
): Promise<Ran> => {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('GUMSHOE_'))
  )
  const child = spawn(process.execPath, [join(ROOT, 'console/gumshoe.cjs'), ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment
  })
  const text = ['', '']
  child.stdout.on('data', chunk => {
    text[0] += chunk
    if (options.closeAfterFirstChunk) child.stdout.destroy()
  })
  child.stderr.on('data', chunk => {
    text[1] += chunk
  })
  const [status] = await once(child, 'close')
  return { status: status as number | null, out: text[0]!, err: text[1]! }
}
