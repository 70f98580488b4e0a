import { type ChildProcess, spawn } from 'node:child_process'

/** Starts so many at a time that doors are not stormed. */
const AT_ONCE = 8

/** Works on a list, so many at a time. */
export const inTurns = async <T>(list: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  const left = [...list].entries()
  const next = async (): Promise<void> => {
    for (const [, item] of left) await work(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, next))
}

/** In a worker: says `ready` once the condition holds, and a word beside it. */
export const wordsOf = async (ready: () => boolean, word = ''): Promise<void> => {
  while (!ready()) await new Promise(done => setTimeout(done, 50))
  process.stdout.write(`ready ${word}\n`)
}

/** In a worker: resolves when its parent closes the input. */
export const staysUntilTold = (): Promise<void> =>
  new Promise(done => {
    process.stdin.resume()
    process.stdin.once('end', done)
  })

export interface Worker {
  readonly pid: number
  /** The line after `ready`, where the worker said more. */
  readonly said: string
  stop(): Promise<void>
}

/** Starts a worker and waits for its `ready`. Throws what it says when it ends before. */
export const startWorker = (file: string, args: readonly string[], timeoutMs = 300_000): Promise<Worker> => {
  // One process stands for many hosts: their disks must not wait for the four threads of one.
  const env = { ...process.env, UV_THREADPOOL_SIZE: '64' }
  const child: ChildProcess = spawn(process.execPath, [file, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env
  })
  return new Promise((done, failed) => {
    let out = ''
    let errors = ''
    const ended = new Promise<void>(over => child.once('close', () => over()))
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      failed(new Error(`${file} was not ready in ${timeoutMs / 1_000} s: ${errors}`))
    }, timeoutMs)
    child.stderr!.on('data', chunk => {
      errors = `${errors}${chunk}`.slice(-4_000)
    })
    child.stdout!.on('data', chunk => {
      out += chunk
      const ready = /^ready ?(.*)\n/m.exec(out)
      if (ready === null) return
      clearTimeout(timer)
      done({
        pid: child.pid!,
        said: ready[1]!,
        stop: async () => {
          child.stdin!.end()
          const kill = setTimeout(() => child.kill('SIGKILL'), 30_000)
          await ended
          clearTimeout(kill)
        }
      })
    })
    child.once('close', code => {
      const error = new Error(`${file} ended with ${code}: ${errors}`)
      failed(error)
      if (code !== 0) console.error(error.message)
    })
  })
}
