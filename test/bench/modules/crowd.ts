import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** A host with something on it: so many processes more, and so many connected and listening sockets in one of them. */
export interface Crowd {
  readonly processes: number
  readonly sockets: number
}

export const CROWD: Crowd = { processes: 200, sockets: 1_000 }

/** One process listens and connects to itself: two sockets a connection. */
const SOCKETS = `
const { createServer, connect } = require('node:net')
const most = Number(process.argv[1]), held = []
const server = createServer(socket => { held.push(socket); if (held.length === most) console.log('ready') })
server.listen(0, '127.0.0.1', 1024, () => { for (let i = 0; i < most; i++) held.client = connect(server.address().port, '127.0.0.1') })
setInterval(() => held, 1000)`

/** Has a crowd stand there while `act` runs. */
export async function* among<T>(
  { processes, sockets }: Crowd,
  act: () => AsyncGenerator<T>
): AsyncGenerator<T> {
  const all: ChildProcess[] = []
  try {
    for (let i = 0; i < processes; i++) all.push(spawn('sleep', ['3600'], { stdio: 'ignore' }))
    const busy = spawn(process.execPath, ['-e', SOCKETS, String(sockets / 2)], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    all.push(busy)
    await once(busy.stdout!, 'data')
    yield* act()
  } finally {
    for (const child of all) child.kill('SIGKILL')
  }
}
