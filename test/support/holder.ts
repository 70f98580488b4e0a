import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'

/** What a holder runs; `bytes` are turned round on their way, so that nothing but its own memory holds them. */
const SOURCE = `
  let text = ''
  const all = []
  process.stdin.on('data', chunk => {
    text += chunk
    if (!text.endsWith('\\n')) return
    const { bytes, times, gap } = JSON.parse(text)
    text = ''
    const wanted = Buffer.from(bytes, 'hex').map(byte => byte ^ 0xff)
    for (let i = 0; i < times; i++) {
      const room = Buffer.allocUnsafeSlow(gap + wanted.length).fill(0x2e)
      room.set(wanted, gap)
      all.push(room)
    }
    wanted.fill(0)
    console.log('ready')
  })
  setInterval(() => all.length, 60_000)`

export interface Held {
  readonly bytes: Uint8Array
  readonly times?: number
  /** Bytes that stand before it, so that it comes to lie anywhere. */
  readonly gap?: number
}

/** A process that holds some bytes as often as is said, and nothing else does; gone after the test. */
export const holder = async (
  t: Pick<TestContext, 'after'>,
  { bytes, times = 1, gap = 0 }: Held,
  options: Parameters<typeof spawn>[2] = {}
): Promise<ChildProcess & { pid: number }> => {
  const child = spawn(process.execPath, ['-e', SOURCE], { stdio: ['pipe', 'pipe', 'ignore'], ...options })
  t.after(() => child.kill('SIGKILL'))
  const turned = Buffer.from(bytes.map(byte => byte ^ 0xff)).toString('hex')
  child.stdin!.write(`${JSON.stringify({ bytes: turned, times, gap })}\n`)
  await once(child.stdout!, 'data')
  return child as ChildProcess & { pid: number }
}
