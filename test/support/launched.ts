import { readFileSync } from 'node:fs'

/** A program for the tests of the launcher: ends with a status, repeats its input, waits for a signal, or is killed. */
export const main = async ([what, value = '']: readonly string[]): Promise<number> => {
  switch (what) {
    case 'version':
      console.log(process.versions.node.split('.')[0])
      return 0
    case 'exit':
      return Number(value)
    case 'repeat':
      for await (const chunk of process.stdin) process.stdout.write(chunk)
      return 0
    case 'fd':
      process.stdout.write(readFileSync(Number(value.split('=')[1]), 'utf8'))
      return 0
    case 'flood':
      process.stdout.write('x'.repeat(Number(value)))
      return 0
    case 'wait':
      return new Promise(done => {
        process.on('SIGTERM', () => done(42))
        setInterval(() => undefined, 1_000)
        console.log('ready')
      })
    case 'die':
      process.kill(process.pid, 'SIGKILL')
      return 0
    default:
      throw new Error('unknown')
  }
}
