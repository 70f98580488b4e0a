import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Ran {
  readonly status: number
  readonly out: string
  readonly err: string
}

const PROGRAM = fileURLToPath(new URL('./admin-program.ts', import.meta.url))
/** As the tests themselves are started. */
const KEEP_COMPILED = fileURLToPath(new URL('./keep-compiled.cjs', import.meta.url))

/** Runs one command line of the admins to its end; `secret` is given by descriptor 3. */
export const runAdmin = async (argv: readonly string[], secret = ''): Promise<Ran> => {
  const child = spawn(process.execPath, ['--require', KEEP_COMPILED, PROGRAM, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe']
  })
  const output = ['', '']
  child.stdout!.on('data', chunk => {
    output[0] += chunk
  })
  child.stderr!.on('data', chunk => {
    output[1] += chunk
  })
  const input = child.stdio[3] as import('node:stream').Writable
  input.on('error', () => {})
  input.end(`${secret}\n`)
  const [status] = await once(child, 'close')
  return { status: status as number, out: output[0]!, err: output[1]! }
}
